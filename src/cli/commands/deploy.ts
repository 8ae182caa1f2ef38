import path from "node:path";
import { services } from "../../connection/services";
import { detectApp } from "../../detect/detect";
import { openFolder } from "../../detect/file-view";
import { readDatabaseAnswer } from "../../detect/opt-out";
import type { DetectedService, Detection } from "../../detect/types";
import { openApp } from "../../detect/workspace";
import { LeashError } from "../../errors";
import { type PlanName, parsePlanName, plans } from "../../plans";
import { resolveAppDirectory } from "../../platform/app-directory";
import { databaseVariable, hasLeashUrl } from "../../platform/app-environment";
import { ensureApp } from "../../platform/app-selection";
import type { App } from "../../platform/app-store";
import { type Home, resolveHome } from "../../platform/home";
import { provisionDatabase, updateApp } from "../../platform/provision";
import { ask, isInteractive, printJson, readStandardInput, say, withProgress } from "../../terminal";
import { applyPooling, assertPooling } from "../pooling";
import { chooseTarget, createStackDatabase, readServer, type ServerOptions } from "../stack-database";
import { readServiceUrls, type ServiceUrlOptions, settleServices } from "./deploy-services";
import { sayApps, sayConnection, sayNeeds, sayOtherVariables, sayWhyMaybe } from "./deploy-words";
import { describeApp, orNameApps, publicFacts, shownDriver } from "./detect";
import { readPastedUrl, warnOfCommandLine } from "./variable-words";

export interface DeployOptions extends ServerOptions, ServiceUrlOptions {
  app?: string;
  plan?: string;
  choice?: Choice;
  skipCheck?: boolean;
  /** Left as it is where it is not said. */
  pool?: boolean;
  json?: boolean;
}

type Choice = "create" | "url" | "skip";

/** What became of the app's DATABASE_URL; the JSON document's `outcome`. */
type Outcome = "created" | "ready" | "url" | "skipped" | "kept" | "not-needed";

/** The deploy flow. Its text is the contract's, to the letter; whatever else there is to say goes to stderr. */
export async function deploy(directory: string, options: DeployOptions): Promise<void> {
  const plan = options.plan === undefined ? undefined : parsePlanName(options.plan);
  const given = givenChoice(options);
  const urls = await readServiceUrls(options);
  const server = await readServer(options);
  const home = resolveHome();
  const real = resolveAppDirectory(directory);
  const output = options.json ? process.stderr : process.stdout;
  const tell = (text: string) => output.write(`${text}\n`);

  const prepared = given === undefined ? readDatabaseAnswer(openFolder(real), process.env) : undefined;
  const answered = prepared && prepared.answer !== "auto" ? prepared.answer : undefined;
  const detection = detectForDeploy(real, given ?? answered);
  if (detection) tell(`✓ Detected: ${describeApp(detection)}`);
  const postgres = detection?.services.find((service) => service.service === "postgresql");
  const suggestedName = detection?.name ?? (path.basename(real) || "app");

  let app = await ensureApp(home, { directory: real, name: options.app }, suggestedName);
  if (detection) app = await rememberDrivers(home, app, postgres);
  const target = chooseTarget(app, options);
  assertPooling(options.pool, given, target);

  // A create that was interrupted is taken up again.
  const isHalfMade = app.database?.state === "creating" || app.stack?.state === "creating";
  const asked = answered !== undefined && !hasDatabaseUrl(app) && !isHalfMade;
  let choice = given ?? (isHalfMade ? "create" : asked ? answered : undefined);
  if (asked) say(`  ${prepared!.from} says ${JSON.stringify(answered)}.`);
  let outcome: Outcome | undefined;
  if (choice === undefined && hasDatabaseUrl(app)) {
    outcome = "kept";
  } else if (choice === undefined && !postgres) {
    outcome = "not-needed";
    tell("✓ No PostgreSQL dependency found — nothing to set up");
    sayApps(real);
  } else if (choice === undefined) {
    sayApps(real);
    sayWhyMaybe(postgres);
    choice = await askChoice(tell, output, postgres!);
  }

  if (outcome === "kept" && !hasLeashUrl(app)) {
    tell("✓ DATABASE_URL is set already — nothing to ask");
  } else if (outcome === "kept" || choice === "create") {
    const before = app.database?.state === "ready" || app.stack?.state === "ready";
    app = await createDatabase(home, app, { target, plan, server });
    app = await applyPooling(home, app, options.pool);
    outcome = before ? "ready" : "created";
    tell(before ? "✓ Database ready — DATABASE_URL injected" : "✓ Database created — DATABASE_URL injected");
    if (app.database ?? app.stack?.socketDirectory) sayConnection(app);
    sayOtherVariables(app);
    await sayNeeds(home, app, detection);
  } else if (choice === "url") {
    app = await pasteUrl(home, app, options, output);
    outcome = "url";
    tell("✓ DATABASE_URL injected — your own database");
    sayOtherVariables(app);
  } else if (choice === "skip") {
    outcome = "skipped";
    tell("✓ Skipped — set DATABASE_URL later with: leash env set DATABASE_URL");
  }
  const settled = await settleServices(home, app, detection?.services ?? [], {
    ...{ urls, tell, output, skipCheck: options.skipCheck, asks: given === undefined },
  });
  if (options.json) {
    const made = app.database ?? app.stack;
    const database = made ? { id: app.id, plan: made.plan } : null;
    const detected = detection ? publicFacts(detection) : null;
    printJson({ app: app.name, id: app.id, outcome, database, services: settled, detection: detected });
  }
}

function givenChoice({ choice, databaseUrl }: DeployOptions): Choice | undefined {
  if (databaseUrl === undefined) return choice;
  if (choice === undefined || choice === "url") return "url";
  throw new LeashError("deploy/contradiction", `--database-url goes with --choice url, not with --choice ${choice}.`, {
    hint: "Leave one of the two out.",
    exitCode: 2,
  });
}

/** An answer given beforehand makes a folder without manifests deployable. */
function detectForDeploy(directory: string, given: Choice | undefined): Detection | undefined {
  try {
    const view = openApp(directory);
    return orNameApps(view, () => detectApp(view, path.basename(directory)));
  } catch (error) {
    if (given !== undefined && error instanceof LeashError && error.code === "detect/no-manifest") return undefined;
    throw error;
  }
}

function hasDatabaseUrl(app: App): boolean {
  return Object.hasOwn(app.environment, databaseVariable) || hasLeashUrl(app);
}

async function rememberDrivers(home: Home, app: App, postgres: DetectedService | undefined): Promise<App> {
  const drivers = postgres ? [...postgres.drivers, ...(postgres.libraries ?? [])] : [];
  const reads = postgres?.reads ?? [];
  if (JSON.stringify([drivers, reads]) === JSON.stringify([app.drivers, app.reads ?? []])) return app;
  return updateApp(home, app, (current) => ({ ...current, drivers, reads }));
}

async function askChoice(
  tell: (text: string) => void,
  output: NodeJS.WriteStream,
  postgres: DetectedService,
): Promise<Choice> {
  const verb = postgres.verdict === "uses" ? "uses" : "may use";
  tell(`⚠ Your app ${verb} ${services.postgresql.title} (${shownDriver(postgres)})`);
  tell("Options:");
  tell("[1] Create a Leash database (free with your plan)");
  tell("[2] Paste your own database URL");
  tell("[3] Skip — I'll configure it later");
  const choices: Record<string, Choice> = { "1": "create", "2": "url", "3": "skip" };
  for (;;) {
    const answer = await ask({ text: "Choice (1/2/3): ", output });
    const choice = answer === undefined ? undefined : choices[answer.trim()];
    if (choice) return choice;
    if (answer !== undefined && isInteractive()) continue;
    throw new LeashError(
      "deploy/no-answer",
      answer === undefined ? "No answer was given." : `${JSON.stringify(answer.slice(0, 40))} is none of the choices.`,
      { hint: "Answer 1, 2 or 3, or pass --choice create, --choice url or --choice skip.", exitCode: 2 },
    );
  }
}

interface Creation {
  target: "local" | "pulumi";
  plan: PlanName | undefined;
  server: string | undefined;
}

async function createDatabase(home: Home, app: App, { target, plan, server }: Creation): Promise<App> {
  const former = (app.database ?? app.stack)?.plan;
  const own = Object.hasOwn(app.environment, databaseVariable);
  const made = await withProgress((progress) =>
    target === "pulumi"
      ? createStackDatabase(home, app, { plan, server }, progress)
      : provisionDatabase(home, app, plan, progress),
  );
  const current = (made.database ?? made.stack)?.plan;
  if (former && current && former !== current) {
    say(`  Its plan is now ${plans[current].title} (it was ${plans[former].title}).`);
  }
  if (own) say("  It replaces the DATABASE_URL that was set before.");
  return made;
}

async function pasteUrl(home: Home, app: App, options: DeployOptions, output: NodeJS.WriteStream): Promise<App> {
  const url = await readPastedUrl("postgresql", {
    ask: () => readUrl(options, output),
    repeats: options.databaseUrl === undefined,
    skipCheck: options.skipCheck,
  });
  if (app.database ?? app.stack)
    say("  The app's Leash database is kept; `leash deploy --choice create` goes back to it.");
  return updateApp(home, app, (current) => ({
    ...current,
    environment: { ...current.environment, [databaseVariable]: url },
  }));
}

async function readUrl({ databaseUrl }: DeployOptions, output: NodeJS.WriteStream): Promise<string> {
  if (databaseUrl === "-") return readStandardInput();
  if (databaseUrl !== undefined) {
    warnOfCommandLine("--database-url");
    return databaseUrl;
  }
  const answer = await ask({ text: "Database URL: ", output, secret: true });
  if (answer !== undefined) return answer;
  throw new LeashError("deploy/no-answer", "No database URL was given.", {
    hint: "Pass it with --database-url -, which reads it from standard input.",
    exitCode: 2,
  });
}
