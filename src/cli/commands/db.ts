import { parsePlanName, plans } from "../../plans";
import { countBackups } from "../../platform/app-backups";
import { resolveAppDirectory } from "../../platform/app-directory";
import { databaseCredentials, hasLeashUrl, leashUrl, noDatabase } from "../../platform/app-environment";
import { requireApp } from "../../platform/app-selection";
import type { App, AppStack } from "../../platform/app-store";
import { resolveHome } from "../../platform/home";
import { changePlan as changeDatabasePlan, destroyDatabase, rotatePassword } from "../../platform/provision";
import { administratorServer, serverStatus } from "../../platform/server";
import { readServerRecord, type ServerRecord } from "../../platform/server-record";
import { describeAppDatabase } from "../../tenancy/describe";
import { auditAppDatabase } from "../../tenancy/reconcile";
import { confirm, print, printJson, say, withProgress } from "../../terminal";
import { assertNoStack, destroyStackDatabase } from "../stack-database";

interface AppOptions {
  app?: string;
}

export async function info({ json, ...options }: AppOptions & { json?: boolean }): Promise<void> {
  const found = selectApp(options);
  if (found.stack?.state === "ready") return stackInfo(found, found.stack, json);
  const { app, record, database } = selectDatabase(options);
  const plan = plans[database.plan];
  const { running } = serverStatus(resolveHome());
  const differences = running
    ? await auditAppDatabase(administratorServer(record), describeAppDatabase({ id: app.id, plan: database.plan }), {
        credential: { password: database.password },
      })
    : null;
  if (json) {
    printJson({
      app: app.name,
      id: app.id,
      plan: database.plan,
      injected: hasLeashUrl(app),
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
  print(`database:  ${app.id}${hasLeashUrl(app) ? "" : "  (the app's DATABASE_URL is another one)"}`);
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

/** Its rules are held to by each deploy: only the stack's administrator could look. */
function stackInfo(app: App, stack: AppStack, json: boolean | undefined): void {
  const { title, maxConnections, statementTimeoutMs, storageBytes } = plans[stack.plan];
  if (json) {
    printJson({
      ...{ app: app.name, id: app.id, plan: stack.plan, injected: hasLeashUrl(app), database: app.id, role: app.id },
      ...{ target: "pulumi", stack: stack.name, socketDirectory: stack.socketDirectory ?? null },
      limits: { connections: maxConnections, statementTimeoutMs, storageBytes },
      ...{ running: null, differences: null },
    });
    return;
  }
  print(`app:       ${app.name}`);
  print(`database:  ${app.id}${hasLeashUrl(app) ? "" : "  (the app's DATABASE_URL is another one)"}`);
  print(`plan:      ${title}`);
  print(
    `limits:    ${maxConnections} connections, ${statementTimeoutMs / 1000} s a query, ${storageBytes / 1024 ** 2} MB`,
  );
  print(`stack:     ${stack.name} (Pulumi)`);
  print("rules:     held to by `leash deploy`");
}

export function url(options: AppOptions): void {
  print(leashUrl(selectApp(options), readServerRecord(resolveHome())));
}

export async function destroy({ yes, ...options }: AppOptions & { yes?: boolean }): Promise<void> {
  const home = resolveHome();
  const app = selectApp(options);
  if (!app.database && !app.stack) {
    say(`✓ ${app.name} has no Leash database.`);
    return;
  }
  if (!yes) {
    say(`This drops the database of ${app.name}, tables and all. It can't be undone.`);
    await confirm(app, "db", `Dropping the database of ${app.name}`);
  }
  await withProgress((progress) => {
    if (app.stack) return destroyStackDatabase(home, app, progress);
    progress("Dropping the database");
    return destroyDatabase(home, app, progress);
  });
  say(`✓ The database of ${app.name} was dropped, tables and all.`);
  const kept = app.stack ? 0 : await countBackups(home, app);
  if (kept > 0) say(`  Its backups are kept (${kept}): \`leash backups list\`, \`leash backups delete ID\`.`);
}

/** Changes the plan; the rows stay. */
export async function changePlan(name: string, options: AppOptions): Promise<void> {
  const plan = parsePlanName(name);
  const home = resolveHome();
  const app = selectApp(options);
  assertNoStack(home, app, "plan", "leash:plan");
  if (app.database?.state !== "ready") throw noDatabase(app);
  const former = app.database.plan;
  if (former !== plan) await withProgress((progress) => changeDatabasePlan(home, app, plan, progress));
  say(`✓ The plan of ${app.name} is ${plans[plan].title}${former === plan ? " already" : ""}.`);
}

/** Gives the app another password; its sessions go on. */
export async function rotate(options: AppOptions): Promise<void> {
  const home = resolveHome();
  const app = selectApp(options);
  assertNoStack(home, app, "password", "leash:rotate");
  if (app.database?.state !== "ready") throw noDatabase(app);
  await withProgress((progress) => rotatePassword(home, app, progress));
  say(`✓ ${app.name} has a new password. Restart the app, so that it connects with it.`);
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
  throw noDatabase(app);
}
