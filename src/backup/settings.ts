import * as z from "zod/mini";
import { LeashError } from "../errors";
import { parseRetention } from "./retention";
import { type S3Settings, s3SettingsSchema } from "./s3/settings";
import { parseSchedule, type Schedule } from "./schedule";

const settingsSchema = z.strictObject({
  /** When each app is backed up: cron of five fields. */
  schedule: z.optional(z.string()),
  /** Of `schedule` and `drill`; an IANA name. */
  timezone: z.optional(z.string()),
  /** Over how many minutes the apps are spread. */
  spreadMinutes: z.optional(z.number()),
  retentionDays: z.optional(z.number()),
  /** When the newest backup of each app is restored on trial: cron, or false. */
  drill: z.optional(z.union([z.string(), z.literal(false)])),
  /** Backups and drills at once. */
  parallel: z.optional(z.int().check(z.minimum(1), z.maximum(32))),
  /** Is told of what goes wrong. */
  webhook: z.optional(z.url({ protocol: /^https?$/ })),
  /** Where backups are kept: a folder of this machine, or S3. */
  destination: z.optional(
    z.union([
      z.strictObject({ folder: z.string().check(z.startsWith("/")) }),
      z.strictObject({ s3: s3SettingsSchema }),
    ]),
  ),
});

export interface BackupSettings {
  schedule: Schedule;
  drill: Schedule | null;
  retentionDays: number;
  parallel: number;
  webhook: string | null;
  /** null where the caller's own folder is meant. */
  destination: { folder: string } | { s3: S3Settings } | null;
}

/** Every night, spread from three to six; a drill on Sundays. */
const defaults = { schedule: "0 3 * * *", drill: "0 6 * * 0", retentionDays: 7, parallel: 2 };

/** What may stand there, where zod's kind of fault does not tell. Values are not repeated: some hold keys. */
const allowed: Readonly<Record<string, string>> = {
  "destination.s3.bucket": "must be a bucket's name: 3 to 63 small letters, digits, dots and hyphens",
  drill: 'must be cron, such as "0 6 * * 0", or false for none',
  webhook: "must be an address that begins with http:// or https://",
  destination: 'must be {"folder": "/absolute/path"} or {"s3": {"bucket": …}} with what docs/backups.md lists',
};

/** In words: zod's own come with its locales, which the command line does not load. */
function describeIssue(issue: z.core.$ZodIssue): string {
  const name = issue.path.join(".");
  const known = allowed[name] ?? allowed[String(issue.path[0])];
  if (known && issue.code !== "unrecognized_keys") return `${name}: ${known}`;
  switch (issue.code) {
    case "unrecognized_keys":
      return `${name ? `${name}: ` : ""}there is no setting ${issue.keys.map((key) => JSON.stringify(key)).join(", ")}`;
    case "invalid_type":
      return `${name}: must be ${issue.expected}`;
    case "too_small":
      return `${name}: must be at least ${issue.minimum}`;
    case "too_big":
      return `${name}: must be at most ${issue.maximum}`;
    case "custom":
      return `${name}: ${issue.message}`;
    default:
      return `${name}: can't be used`;
  }
}

function soundPart(given: unknown): z.infer<typeof settingsSchema> {
  if (typeof given !== "object" || given === null) return {};
  const entries = Object.entries(given).filter(([key, value]) => settingsSchema.safeParse({ [key]: value }).success);
  return Object.fromEntries(entries);
}

/**
 * @param where names the source in errors: a file, the environment
 * @throws LeashError `backup/settings` with all faults
 */
export function parseBackupSettings(given: unknown, where: string): BackupSettings {
  const faults: string[] = [];
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) faults.push(...parsed.error.issues.map(describeIssue));
  // What is sound is looked at also where another key is not, so that all faults are told at once.
  const { timezone, spreadMinutes, ...settings } = parsed.success ? parsed.data : soundPart(given);
  const check = <Value>(name: string, parse: () => Value): Value | undefined => {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof LeashError)) throw error;
      faults.push(`${name}: ${[error.message, ...error.details].join(" ")}`);
      return undefined;
    }
  };
  const zone = timezone === undefined ? {} : { timezone };
  const spread = spreadMinutes === undefined ? {} : { spreadMinutes };
  const schedule = check("schedule", () =>
    parseSchedule({ cron: settings.schedule ?? defaults.schedule, ...zone, ...spread }),
  );
  const { drill: drillCron = defaults.drill } = settings;
  const drill =
    drillCron === false ? null : check("drill", () => parseSchedule({ cron: drillCron, ...zone, ...spread }));
  const retentionDays = check("retentionDays", () => parseRetention(settings.retentionDays ?? defaults.retentionDays));
  if (faults.length > 0) {
    throw new LeashError("backup/settings", `The settings of the backups (${where}) can't be used.`, {
      details: faults,
      hint: "docs/backups.md has all of them with examples.",
      exitCode: 2,
    });
  }
  return {
    ...{ schedule: schedule!, drill: drill!, retentionDays: retentionDays! },
    ...{ parallel: settings.parallel ?? defaults.parallel, webhook: settings.webhook ?? null },
    destination: settings.destination ?? null,
  };
}
