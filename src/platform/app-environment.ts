import { buildDatabaseUrl, buildPgEnvironment, type Credentials } from "../connection/credentials";
import { fillVariables, partsOfUrl } from "../connection/read-variables";
import { chooseConnection } from "../detect/connection";
import { LeashError } from "../errors";
import type { OneOff } from "../tenancy/one-off";
import { serverPort } from "../tenancy/server-config";
import type { App } from "./app-store";
import { poolSocketDirectory, type ServerRecord } from "./server-record";

export const databaseVariable = "DATABASE_URL";

/** The variables that an app gets, and where they come from. */
export interface AppEnvironment {
  variables: Record<string, string>;
  /** Names that come from the app's Leash database; the others were set by the user. */
  injected: ReadonlySet<string>;
}

/** Whether the app's DATABASE_URL is that of a database which leash made, here or by a stack. */
export function hasLeashUrl(app: App): boolean {
  return usesLeashDatabase(app) || usesStackDatabase(app);
}

/** Whether the app's DATABASE_URL is that of the database which its Pulumi stack made. */
export function usesStackDatabase(app: App): boolean {
  return app.stack?.state === "ready" && app.stack.injected && !Object.hasOwn(app.environment, databaseVariable);
}

/** Whether the app's DATABASE_URL is that of its Leash database on this machine's server. */
export function usesLeashDatabase(app: App): boolean {
  return app.database?.state === "ready" && app.database.injected && !Object.hasOwn(app.environment, databaseVariable);
}

/** Whether one of the app's drivers can't use a unix socket, so that `leash run` opens a bridge for it. */
export function needsBridge(app: App): boolean {
  return usesLeashDatabase(app) && chooseConnection(app.drivers).kind === "bridge";
}

/** A login of the platform's own, in place of the app's. */
export type OtherLogin = Pick<OneOff, "name" | "password">;

/** How to reach the app's own database past the pool. */
export function directCredentials(app: App, record: Pick<ServerRecord, "socketDirectory">): Credentials {
  return { ...databaseCredentials(app, record), socketDirectory: record.socketDirectory };
}

/** How to reach the app's own database. */
export function databaseCredentials(
  app: App,
  record: Pick<ServerRecord, "socketDirectory">,
  login?: OtherLogin,
): Credentials {
  if (app.database?.state === "ready") {
    return {
      id: app.id,
      user: login?.name,
      password: login?.password ?? app.database.password,
      // Work that takes a session of its own goes past the pool.
      socketDirectory: app.database.pool && !login ? poolSocketDirectory(record) : record.socketDirectory,
      port: serverPort,
    };
  }
  throw noDatabase(app);
}

export function noDatabase({ name }: Pick<App, "name">): LeashError {
  return new LeashError("db/none", `The app ${JSON.stringify(name)} has no Leash database.`, {
    hint: "Make one with `leash deploy --choice create`.",
  });
}

/**
 * The URL of the Leash database that an app has, here or in a stack, whether it uses it or not.
 * @throws LeashError `db/none`
 */
export function leashUrl(app: App, record: ServerRecord | undefined): string {
  if (app.stack?.state === "ready") return app.stack.environment[databaseVariable] ?? "";
  if (record && app.database?.state === "ready") return databaseUrl(app, record);
  throw noDatabase(app);
}

/** The URL of the app's own database, in the form that its drivers understand. */
export function databaseUrl(app: App, record: Pick<ServerRecord, "socketDirectory">, login?: OtherLogin): string {
  const connection = chooseConnection(app.drivers);
  const form = connection.kind === "socket" ? connection.form : "query";
  return buildDatabaseUrl(databaseCredentials(app, record, login), form);
}

/**
 * What the app's environment holds: the Leash database's URL and the `PG*` variables beside it, and what the user set.
 * The user's own DATABASE_URL keeps all of the former out: half of one and half of the other would be a third database.
 */
export function appEnvironment(app: App, record: ServerRecord | undefined, login?: OtherLogin): AppEnvironment {
  const made: Record<string, string> = usesStackDatabase(app)
    ? app.stack!.environment
    : record && usesLeashDatabase(app)
      ? {
          [databaseVariable]: databaseUrl(app, record, login),
          ...buildPgEnvironment(databaseCredentials(app, record, login)),
        }
      : {};
  const injected = { ...made, ...otherVariables(app, made) };
  const names = Object.keys(injected).filter((name) => !Object.hasOwn(app.environment, name));
  return { variables: { ...injected, ...app.environment }, injected: new Set(names) };
}

/**
 * What else the app reads its connection from, filled from what is injected, or from the user's own DATABASE_URL. Where the
 * user has set one of them, they are the user's: half of one connection and half of another would be a third.
 */
export function otherVariables(app: App, injected: Readonly<Record<string, string>>): Record<string, string> {
  const own = app.environment[databaseVariable];
  const connection = own === undefined ? injected : { [databaseVariable]: own, ...partsOfUrl(own) };
  const reads = (app.reads ?? []).filter(({ name }) => name !== databaseVariable);
  if (reads.some(({ name }) => Object.hasOwn(app.environment, name))) return {};
  return fillVariables(reads, connection);
}
