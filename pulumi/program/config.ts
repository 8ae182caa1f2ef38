import path from "node:path";
import * as z from "zod/mini";
import { parseServiceUrl } from "../../src/connection/variable-rules";
import { LeashError } from "../../src/errors";
import { assertAppId, parseAppName } from "../../src/identifier";
import { parsePlanName } from "../../src/plans";
import { describeError } from "../faults";
import { parseServerSetting } from "./server-setting";

/** What the program does about a database. */
const databaseChoices = ["auto", "create", "url", "skip"] as const;

/** One setting, read by a function whose error is the fault. */
const read = <T>(parse: (text: string) => T) =>
  z.optional(
    z.pipe(
      z.string({ error: "It is no text." }),
      z.transform((text: string, context): T => {
        try {
          return parse(text);
        } catch (error) {
          // No input: Pulumi would show it.
          context.issues.push({ code: "custom", message: describeError(error), input: undefined });
          return z.NEVER;
        }
      }),
    ),
  );

const oneOf = <T extends string>(values: readonly T[]) =>
  read((text) => {
    if ((values as readonly string[]).includes(text)) return text as T;
    throw new Error(`${JSON.stringify(text.slice(0, 40))} is none of ${values.join(", ")}.`);
  });

const yesOrNo = read((text) => {
  if (text === "true" || text === "false") return text === "true";
  throw new Error("It is true or false.");
});

const port = read((text) => {
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= 65_535) return number;
  throw new Error(`${JSON.stringify(text.slice(0, 40))} is no port: 1 to 65535.`);
});

const imageName = read((text) => {
  if (/^[a-z0-9][\w.:/@-]*$/i.test(text)) return text;
  throw new Error("It is no image's name.");
});

const settings = {
  app: read(parseAppName),
  path: read((text) => text),
  plan: read(parsePlanName),
  database: oneOf(databaseChoices),
  databaseUrl: read((text) => parseServiceUrl("postgresql", text).value),
  image: imageName,
  port,
  bridgeImage: imageName,
  server: read(parseServerSetting),
  pool: yesOrNo,
  deletionProtection: yesOrNo,
  rotate: read((text) => text),
  databaseId: read((text) => {
    assertAppId(text);
    return text;
  }),
  adopt: yesOrNo,
};

const schema = z.object(settings);

/** What the program is told, checked; `path` is absolute. */
export type ProgramConfig = z.infer<typeof schema>;

export const settingNames = Object.keys(settings) as (keyof ProgramConfig)[];

/**
 * Checks the program's settings: all faults at once, each with its path, none with a secret.
 * @param raw what the stack's configuration holds, by full name (`leash:plan`); other namespaces are left alone
 * @param root the project's folder, from which `leash:path` counts
 * @throws LeashError `config/invalid`
 */
export function parseProgramConfig(raw: Readonly<Record<string, string | undefined>>, root: string): ProgramConfig {
  const own = Object.entries(raw)
    .filter(([name]) => name.startsWith("leash:"))
    .map(([name, value]) => [name.slice("leash:".length), value] as const)
    // Declared in Pulumi.yaml, a setting without a value is empty.
    .filter(([, value]) => value !== undefined && value !== "");
  const given = Object.fromEntries(own);
  const { data, error } = schema.safeParse(given);
  const faults = [
    ...findUnknown(Object.keys(given)),
    ...(error?.issues ?? []).map(({ path, message }) => `leash:${path.join(".")}: ${message}`),
    ...findContradictions(given),
  ];
  if (faults.length > 0 || data === undefined) {
    throw new LeashError("config/invalid", "The stack's configuration is wrong.", {
      details: faults,
      hint: "`pulumi config set leash:…` changes it.",
      exitCode: 2,
    });
  }
  return data.path === undefined ? data : { ...data, path: path.resolve(root, data.path) };
}

function findUnknown(names: string[]): string[] {
  return names
    .filter((name) => !Object.hasOwn(settings, name))
    .map((name) => `leash:${name}: There is no such setting. There are ${settingNames.join(", ")}.`);
}

function findContradictions(given: Readonly<Record<string, string | undefined>>): string[] {
  const { database = "auto", databaseUrl, path, app, adopt, databaseId, image, port, bridgeImage, server } = given;
  const faults: string[] = [];
  const say = (when: boolean, name: keyof ProgramConfig, text: string) => when && faults.push(`leash:${name}: ${text}`);
  say(database === "url" && !databaseUrl, "databaseUrl", "It is missing, and leash:database is url.");
  say(
    (database === "create" || database === "skip") && databaseUrl !== undefined,
    "databaseUrl",
    `It goes with leash:database url or auto, not with ${database}.`,
  );
  say(database === "create" && !server, "server", "It is missing: the stack or the URL of the server to make it on.");
  say(
    database === "auto" && !path && !databaseUrl,
    "path",
    "It is missing: the app's folder, in which its use of PostgreSQL is looked for. Or set leash:database.",
  );
  say(!path && !app, "app", "It is missing: the app's name; with leash:path its manifest gives it.");
  say(adopt === "true" && !databaseId, "adopt", "It needs leash:databaseId, the id of what is to be taken over.");
  say(!image && port !== undefined, "port", "It goes with leash:image.");
  say(!image && bridgeImage !== undefined, "bridgeImage", "It goes with leash:image.");
  return faults;
}
