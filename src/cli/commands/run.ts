import path from "node:path";
import { startBridge } from "../../connection/bridge";
import { withoutClientVariables } from "../../connection/client-variables";
import { buildBridgeEnvironment, buildBridgeUrl, type Credentials, loginRole } from "../../connection/credentials";
import { chooseConnection } from "../../detect/connection";
import { LeashError } from "../../errors";
import { resolveAppDirectory } from "../../platform/app-directory";
import {
  appEnvironment,
  databaseCredentials,
  databaseVariable,
  needsBridge,
  type OtherLogin,
  otherVariables,
  usesLeashDatabase,
  usesStackDatabase,
} from "../../platform/app-environment";
import { requireApp } from "../../platform/app-selection";
import type { App } from "../../platform/app-store";
import { resolveHome } from "../../platform/home";
import { startPlatform, withPlatform } from "../../platform/platform";
import { ensurePool } from "../../platform/pool";
import { administratorServer, socketPath } from "../../platform/server";
import type { ServerRecord } from "../../platform/server-record";
import { outlivingSignals } from "../../signals";
import { isEnded, withOneOff } from "../../tenancy/one-off";
import { serverPort } from "../../tenancy/server-config";
import { say, withProgress } from "../../terminal";
import { runCommand } from "../run-command";

interface RunOptions {
  app?: string;
  migration?: boolean;
}

type Command = [command: string, args: string[]];

/** Runs the command with the app's environment; returns its exit code. */
export async function run(directory: string, words: readonly string[], options: RunOptions): Promise<number> {
  const [name, ...args] = words;
  if (name === undefined) {
    throw new LeashError("run/no-command", "There is no command to run.", {
      hint: "Put it behind two dashes: leash run -- npm start",
      exitCode: 2,
    });
  }
  const command: Command = [name, args];
  const home = resolveHome();
  const app = requireApp(home, { directory: resolveAppDirectory(directory), name: options.app });
  if (options.migration) assertMigratable(app);
  if (usesStackDatabase(app)) return runWithStack(app, command);
  if (!usesLeashDatabase(app)) {
    return runCommand(...command, { env: { ...process.env, ...appEnvironment(app, undefined).variables } });
  }
  const record = await withProgress((progress) => startPlatform(home, progress));
  if (app.database?.pool && !options.migration) await ensurePool(home, record);
  return withPlatform(home, () =>
    options.migration ? runMigration(app, record, command) : runWithDatabase(app, record, command),
  );
}

/** Whole schema files come as one message, which may take longer than an app's statements: a login of its own may. */
async function runMigration(app: App, record: ServerRecord, command: Command): Promise<number> {
  const server = administratorServer(record);
  return outlivingSignals((interruption) =>
    withOneOff(server, app.id, "migration", async (login) => {
      const code = await runWithDatabase(app, record, command, { login, interruption });
      if (await isEnded(server, login)) say("  The migration was ended: the app used up its plan's storage.");
      return code;
    }),
  );
}

async function runWithDatabase(
  app: App,
  record: ServerRecord,
  command: Command,
  { login, interruption }: { login?: OtherLogin; interruption?: AbortSignal } = {},
): Promise<number> {
  const env = { ...withoutClientVariables(process.env), ...appEnvironment(app, record, login).variables };
  if (!needsBridge(app)) return runCommand(...command, { env, interruption });
  const credentials = databaseCredentials(app, record, login);
  return runBridged(app, { socketPath: socketPath(credentials), credentials }, (bridged, port) => {
    say(`  A loopback bridge to the database is open on 127.0.0.1:${port} while the command runs.`);
    return runCommand(...command, { env: { ...env, ...bridged }, interruption });
  });
}

/** What the stack gave out is all there is; where that says a bridge, there is none beside a command on this machine. */
async function runWithStack(app: App, command: Command): Promise<number> {
  const env = { ...withoutClientVariables(process.env), ...appEnvironment(app, undefined).variables };
  const { socketDirectory, environment: own } = app.stack!;
  if (socketDirectory === undefined || chooseConnection(app.drivers).kind !== "bridge") {
    return runCommand(...command, { env });
  }
  const target = {
    socketPath: path.join(socketDirectory, `.s.PGSQL.${serverPort}`),
    credentials: { id: app.id, password: own.PGPASSWORD ?? "", socketDirectory, port: serverPort },
  };
  return runBridged(app, target, (bridged) => runCommand(...command, { env: { ...env, ...bridged } }));
}

/** Has a bridge open while `work` goes on, which is given the variables that lead through it. */
async function runBridged<Result>(
  app: App,
  { socketPath, credentials }: { socketPath: string; credentials: Credentials },
  work: (variables: Record<string, string>, port: number) => Promise<Result>,
): Promise<Result> {
  const bridge = await startBridge({ socketPath, role: loginRole(credentials), database: credentials.id });
  try {
    const bridged = {
      ...buildBridgeEnvironment(credentials, bridge.port),
      [databaseVariable]: buildBridgeUrl(credentials, bridge.port),
    };
    return await work({ ...bridged, ...otherVariables(app, bridged), ...app.environment }, bridge.port);
  } finally {
    await bridge.close();
  }
}

/** @throws LeashError `migration/not-here`, `db/none` */
function assertMigratable(app: App): void {
  if (usesLeashDatabase(app)) return;
  const refuse = (what: string, hint: string) =>
    new LeashError("migration/not-here", `${app.name} ${what}, so that leash can't make a login for a migration.`, {
      hint,
      exitCode: 2,
    });
  if (usesStackDatabase(app)) {
    throw refuse(
      `has its database from the Pulumi stack ${app.stack!.name}`,
      "Run it without --migration: a statement may take 30 seconds there.",
    );
  }
  if (Object.hasOwn(app.environment, databaseVariable)) {
    throw refuse("has a DATABASE_URL of your own", "Run it without --migration: leash sets no limits there.");
  }
  databaseCredentials(app, { socketDirectory: "" });
  throw refuse(
    "does not use its Leash database",
    "`leash deploy --choice create` takes its DATABASE_URL from it again.",
  );
}
