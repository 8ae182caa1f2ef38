import { services } from "../../connection/services";
import type { DetectedService } from "../../detect/types";
import { LeashError } from "../../errors";
import type { App } from "../../platform/app-store";
import type { Home } from "../../platform/home";
import { updateApp } from "../../platform/provision";
import { ask, isInteractive, readStandardInput, say } from "../../terminal";
import { sayWhyMaybe } from "./deploy-words";
import { shownDriver } from "./detect";
import { parseServiceUrl, readPastedUrl, warnOfCommandLine } from "./variable-words";

export interface ServiceUrlOptions {
  databaseUrl?: string;
  mongodbUrl?: string;
  redisUrl?: string;
}

/** The services beside PostgreSQL, in the order in which they are asked for. */
const others = ["mongodb", "redis"] as const;
type Other = (typeof others)[number];

/** What became of one of them; in the JSON document's `services`. */
interface SettledService {
  service: Other;
  variable: string;
  outcome: "url" | "kept" | "skipped";
}

/**
 * The URLs that were given beforehand, their shape checked before anything is made.
 * @throws LeashError `deploy/contradiction`, and the faults of the URLs
 */
export async function readServiceUrls(options: ServiceUrlOptions): Promise<ReadonlyMap<Other, string>> {
  const { databaseUrl, mongodbUrl, redisUrl } = options;
  const flags = { "--database-url": databaseUrl, "--mongodb-url": mongodbUrl, "--redis-url": redisUrl };
  const piped = Object.entries(flags).filter(([, value]) => value === "-");
  if (piped.length > 1) {
    throw new LeashError("deploy/contradiction", "Standard input holds one URL, and several flags want it.", {
      details: piped.map(([flag]) => `${flag} -`),
      hint: "Pipe one of them in, and store the others with `leash env set NAME`.",
      exitCode: 2,
    });
  }
  const urls = new Map<Other, string>();
  for (const service of others) {
    const given = { mongodb: mongodbUrl, redis: redisUrl }[service];
    if (given === undefined) continue;
    if (given !== "-") warnOfCommandLine(`--${service}-url`);
    const url = given === "-" ? await readStandardInput() : given;
    parseServiceUrl(service, url);
    urls.set(service, url);
  }
  return urls;
}

export interface SettleOptions {
  urls: ReadonlyMap<Other, string>;
  /** The deploy flow's own lines. */
  tell: (text: string) => void;
  /** Where its questions stand. */
  output: NodeJS.WriteStream;
  skipCheck: boolean | undefined;
  /** Whether anything may be asked. */
  asks: boolean;
}

/**
 * Takes or asks for the URLs of the MongoDB and the Redis that an app uses. Where nobody answers, they are left for later.
 */
export async function settleServices(
  home: Home,
  app: App,
  detected: readonly DetectedService[],
  options: SettleOptions,
): Promise<SettledService[]> {
  const settled: SettledService[] = [];
  for (const service of others) {
    const found = detected.find((one) => one.service === service);
    const url = options.urls.get(service);
    if (!found && url === undefined) continue;
    const { variable } = services[service];
    const names = variablesOf(service, found);
    const outcome =
      url === undefined && names.some((name) => Object.hasOwn(app.environment, name))
        ? "kept"
        : await settle(home, app, { service, found, names }, options);
    settled.push({ service, variable, outcome });
  }
  return settled;
}

interface Wanted {
  service: Other;
  found: DetectedService | undefined;
  /** The variables that get the URL, the service's own first. */
  names: readonly string[];
}

function variablesOf(service: Other, found: DetectedService | undefined): string[] {
  const reads = found?.reads.filter(({ part }) => part === "url").map(({ name }) => name) ?? [];
  return [...new Set([services[service].variable, ...reads])];
}

async function settle(
  home: Home,
  app: App,
  { service, found, names }: Wanted,
  { urls, tell, output, skipCheck, asks }: SettleOptions,
): Promise<"url" | "skipped"> {
  const { title, variable } = services[service];
  const given = urls.get(service);
  if (given === undefined && !asks) {
    const verb = found!.verdict === "uses" ? "uses" : "may use";
    say(`  It ${verb} ${title} too (${shownDriver(found!)}): set its URL with \`leash env set ${variable}\`.`);
    return "skipped";
  }
  if (given === undefined) {
    const answer = await askChoice(found!, tell, output);
    if (answer === "skip") tell(`✓ Skipped — set ${variable} later with: leash env set ${variable}`);
    if (answer === undefined) say(`  Nobody answered: set ${title}'s URL later with \`leash env set ${variable}\`.`);
    if (answer !== "url") return "skipped";
  }
  const url = await readPastedUrl(service, {
    ask: async () => given ?? askUrl(service, output),
    repeats: given === undefined,
    skipCheck,
  });
  await updateApp(home, app, (current) => ({
    ...current,
    environment: { ...current.environment, ...Object.fromEntries(names.map((name) => [name, url])) },
  }));
  tell(`✓ ${variable} injected — your own ${title}`);
  if (names.length > 1) say(`  The app reads ${names.slice(1).join(", ")} too, which got the same URL.`);
  return "url";
}

async function askChoice(
  found: DetectedService,
  tell: (text: string) => void,
  output: NodeJS.WriteStream,
): Promise<"url" | "skip" | undefined> {
  const { title } = services[found.service];
  sayWhyMaybe(found);
  tell(`⚠ Your app ${found.verdict === "uses" ? "uses" : "may use"} ${title} (${shownDriver(found)})`);
  tell("Options:");
  tell(`[1] Paste your ${title} URL`);
  tell("[2] Skip — I'll configure it later");
  for (;;) {
    const answer = (await ask({ text: "Choice (1/2): ", output }))?.trim();
    if (answer === "1") return "url";
    if (answer === "2") return "skip";
    if (answer !== undefined && isInteractive()) continue;
    // A pipe that ends early is no mistake: it was written for the first question alone.
    if (answer === undefined || answer === "") return undefined;
    throw new LeashError("deploy/no-answer", `${JSON.stringify(answer.slice(0, 40))} is none of the choices.`, {
      hint: `Answer 1 or 2, or pass --${found.service}-url -, which reads it from standard input.`,
      exitCode: 2,
    });
  }
}

async function askUrl(service: Other, output: NodeJS.WriteStream): Promise<string> {
  const { title } = services[service];
  const answer = await ask({ text: `${title} URL: `, output, secret: true });
  if (answer !== undefined) return answer;
  throw new LeashError("deploy/no-answer", `No ${title} URL was given.`, {
    hint: `Pass it with --${service}-url -, which reads it from standard input.`,
    exitCode: 2,
  });
}
