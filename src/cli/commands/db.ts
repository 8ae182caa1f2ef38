import { LeashError } from "../../errors";
import { plans } from "../../plans";
import { resolveAppDirectory } from "../../platform/app-directory";
import { databaseCredentials, databaseUrl, usesLeashDatabase } from "../../platform/app-environment";
import { requireApp } from "../../platform/app-selection";
import type { App } from "../../platform/app-store";
import { resolveHome } from "../../platform/home";
import { destroyDatabase } from "../../platform/provision";
import { administratorServer, serverStatus } from "../../platform/server";
import { readServerRecord, type ServerRecord } from "../../platform/server-record";
import { describeAppDatabase } from "../../tenancy/describe";
import { auditAppDatabase } from "../../tenancy/reconcile";
import { ask, isInteractive, print, printJson, say, withProgress } from "../terminal";

interface AppOptions {
  app?: string;
}

export async function info({ json, ...options }: AppOptions & { json?: boolean }): Promise<void> {
  const { app, record, database } = selectDatabase(options);
  const plan = plans[database.plan];
  const { running } = serverStatus(resolveHome());
  const differences = running
    ? await auditAppDatabase(administratorServer(record), describeAppDatabase({ id: app.id, plan: database.plan }), {
        password: database.password,
      })
    : null;
  if (json) {
    printJson({
      app: app.name,
      id: app.id,
      plan: database.plan,
      injected: usesLeashDatabase(app),
      database: app.id,
      role: app.id,
      socketDirectory: record.socketDirectory,
      port: databaseCredentials(app, record).port,
      limits: {
        connections: plan.maxConnections,
        statementTimeoutMs: plan.statementTimeoutMs,
        storageBytes: plan.storageBytes,
      },
      running,
      differences: differences?.map(({ subject, says }) => ({ subject, says })) ?? null,
    });
    return;
  }
  print(`app:       ${app.name}`);
  print(`database:  ${app.id}${usesLeashDatabase(app) ? "" : "  (the app's DATABASE_URL is another one)"}`);
  print(`plan:      ${plan.title}`);
  print(
    `limits:    ${plan.maxConnections} connections, ${plan.statementTimeoutMs / 1000} s a query, ${plan.storageBytes / 1024 ** 2} MB`,
  );
  print(`socket:    ${record.socketDirectory}`);
  if (differences === null) print("rules:     not checked, the server is stopped");
  else if (differences.length === 0) print("rules:     all hold");
  else for (const { subject, says } of differences) print(`rules:     ${subject} ${says}`);
  if (differences && differences.length > 0) say("  `leash deploy` mends what differs.");
}

export function url(options: AppOptions): void {
  const { app, record } = selectDatabase(options);
  print(databaseUrl(app, record));
}

export async function destroy({ yes, ...options }: AppOptions & { yes?: boolean }): Promise<void> {
  const home = resolveHome();
  const app = selectApp(options);
  if (!app.database) {
    say(`✓ ${app.name} has no Leash database.`);
    return;
  }
  if (!yes) await confirm(app);
  await withProgress((progress) => {
    progress("Dropping the database");
    return destroyDatabase(home, app, progress);
  });
  say(`✓ The database of ${app.name} was dropped, tables and all.`);
}

async function confirm(app: App): Promise<void> {
  if (!isInteractive()) {
    throw new LeashError("db/not-confirmed", `Dropping the database of ${app.name} was not confirmed.`, {
      hint: "Without a terminal, pass --yes.",
      exitCode: 2,
    });
  }
  say(`This drops the database of ${app.name}, tables and all. It can't be undone.`);
  const answer = await ask({ text: "Type the app's name to go on: ", output: process.stderr });
  if (answer?.normalize("NFC").trim() === app.name) return;
  throw new LeashError("db/not-confirmed", "That is not the app's name; nothing was dropped.", { exitCode: 2 });
}

export function selectApp({ app }: AppOptions): App {
  return requireApp(resolveHome(), { directory: resolveAppDirectory("."), name: app });
}

/** @throws LeashError `db/none` */
function selectDatabase(options: AppOptions): {
  app: App;
  record: ServerRecord;
  database: NonNullable<App["database"]>;
} {
  const app = selectApp(options);
  const record = readServerRecord(resolveHome());
  if (record && app.database?.state === "ready") return { app, record, database: app.database };
  throw new LeashError("db/none", `The app ${JSON.stringify(app.name)} has no Leash database.`, {
    hint: "Make one with `leash deploy --choice create`.",
  });
}
