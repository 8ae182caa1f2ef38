import { LeashError } from "../errors";
import { type PlanName, parsePlanName } from "../plans";
import { databaseVariable } from "../platform/app-environment";
import { type App, type AppStack, saveApp } from "../platform/app-store";
import type { Home } from "../platform/home";
import { withLock } from "../platform/lock";
import { rereadRequiredApp } from "../platform/provision";
import {
  choosePulumiBackend,
  type PulumiBackend,
  removeStackFolder,
  stackConfigFile,
  stackFolder,
} from "../platform/pulumi-backend";
import type { Progress } from "../platform/server";
import { readStandardInput, say } from "../terminal";
import { fromAutomation, loadAutomation } from "./pulumi-automation";

export interface ServerOptions {
  target?: "local" | "pulumi";
  server?: string;
}

/**
 * The server that `--server` or LEASH_SERVER names.
 * @throws LeashError `deploy/contradiction`, `deploy/other-target`
 */
export async function readServer({ target, server }: ServerOptions): Promise<string | undefined> {
  if (server !== undefined && target === "local") {
    throw new LeashError("deploy/contradiction", "--server goes with --target pulumi.", {
      hint: "Leave one of the two out.",
      exitCode: 2,
    });
  }
  if (server === "-") return (await readStandardInput()).trim();
  if (server?.includes("://")) {
    say("  A URL on the command line can be read by other users of this machine; --server - reads standard input.");
  }
  return server ?? (process.env.LEASH_SERVER || undefined);
}

/** Who makes the app's database: the one who made it, else the one that was asked for. */
export function chooseTarget(app: App, { target, server }: ServerOptions): "local" | "pulumi" {
  const made = app.stack ? "pulumi" : app.database ? "local" : undefined;
  const wanted = target ?? (server === undefined ? undefined : "pulumi");
  if (made === undefined || wanted === undefined || made === wanted) return made ?? wanted ?? "local";
  const where = made === "local" ? "on this machine's server" : `by the Pulumi stack ${app.stack?.name}`;
  throw new LeashError("deploy/other-target", `The database of ${app.name} was made ${where}.`, {
    hint: `Rows don't move along. \`leash db destroy\` removes it; then deploy with --target ${wanted}.`,
    exitCode: 2,
  });
}

/**
 * Makes or completes the app's database by its stack. The record says so before the engine starts, so that an
 * interrupted call is completed by the next one; the environment is in it only once everything holds.
 */
export async function createStackDatabase(
  home: Home,
  app: App,
  { plan, server }: { plan: PlanName | undefined; server: string | undefined },
  progress: Progress,
): Promise<App> {
  const wanted = server ?? app.stack?.server;
  if (wanted === undefined) throw noServer();
  const automation = loadAutomation();
  await orLeashError(async () => automation.assertServer(wanted));
  return withLock(home, app.id, async () => {
    const current = rereadRequiredApp(home, app);
    const before: AppStack = current.stack ?? {
      ...{ name: app.id, plan: plan ?? "free", state: "creating", injected: true, environment: {} },
      ...{ server: wanted, backend: "own" },
    };
    const backend = choosePulumiBackend(home, current.stack?.backend);
    const started = { ...current, stack: { ...before, server: wanted, backend: backend.name } };
    saveApp(home, started);
    progress("Starting Pulumi");
    const made = await orLeashError(() =>
      automation.upStack(workOf(home, started, backend, progress), settingsOf(started, wanted), plan),
    );
    const { [databaseVariable]: _replaced, ...environment } = current.environment;
    const stack: AppStack = {
      ...{ ...before, ...made, plan: parsePlanName(made.plan), server: wanted, backend: backend.name },
      ...{ state: "ready", injected: true },
    };
    const ready: App = { ...current, environment, stack };
    saveApp(home, ready);
    return ready;
  });
}

/** Removes the app's database, and its stack; the app and what its user set stay. */
export async function destroyStackDatabase(home: Home, app: App, progress: Progress): Promise<App> {
  const automation = loadAutomation();
  return withLock(home, app.id, async () => {
    const current = rereadRequiredApp(home, app);
    if (!current.stack) return current;
    const { stack, ...rest } = current;
    const dropping: App = { ...current, stack: { ...stack, state: "dropping", injected: false } };
    saveApp(home, dropping);
    progress("Starting Pulumi");
    await orLeashError(() =>
      automation.destroyStack(
        workOf(home, dropping, choosePulumiBackend(home, stack.backend), progress),
        settingsOf(dropping, stack.server),
      ),
    );
    removeStackFolder(home, app.id);
    saveApp(home, rest);
    return rest;
  });
}

/** For commands that change what an app's stack declares. */
export function assertNoStack(home: Home, app: App, what: string, key: string): void {
  if (!app.stack) return;
  throw new LeashError("db/declared", `The ${what} of ${app.name} is what its Pulumi stack ${app.stack.name} says.`, {
    hint: `Change ${key} in ${stackConfigFile(home, app.id)} (\`config:\` → \`${key}: …\`), and run \`leash deploy\`.`,
    exitCode: 2,
  });
}

function settingsOf(app: App, server: string) {
  return { app: app.name, path: app.directory, databaseId: app.id, server };
}

function workOf(home: Home, app: App, { own, environment }: PulumiBackend, progress: Progress) {
  // It would go before the file of this home's own.
  if (own) delete process.env.PULUMI_CONFIG_PASSPHRASE;
  const secrets = secretsOf(app);
  return {
    ...{ name: app.id, folder: stackFolder(home, app.id), environment, ownBackend: own, progress, secrets },
    warn: (text: string) => say(`  ${text}`),
  };
}

function secretsOf({ stack }: App): string[] {
  const server = stack?.server ?? "";
  const password = /:\/\/[^:/]*:([^@]*)@/.exec(server)?.[1];
  const decoded = password === undefined ? [] : [password, safeDecode(password)];
  return server.includes("://") || server.startsWith("{") ? [server, ...decoded] : [];
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function orLeashError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fromAutomation(error);
  }
}

function noServer(): LeashError {
  return new LeashError("deploy/no-server", "There is no server to make the database on.", {
    details: [
      "--server organization/project/stack: a platform stack with an output `server`, such as LeashPostgres gives",
      "--server -: the administrator's URL on standard input, postgresql://ADMIN:PASSWORD@HOST:5432/?sslmode=require",
    ],
    hint: "Pass --server, or set LEASH_SERVER; the app remembers it.",
    exitCode: 2,
  });
}
