import { LeashError } from "../errors";
import { appEnvironment, databaseVariable, hasLeashUrl } from "./app-environment";
import type { App } from "./app-store";
import type { Home } from "./home";
import { updateApp } from "./provision";
import { readServerRecord } from "./server-record";

/** What has become of the app, and sentences about what that means. */
export interface ChangedVariables {
  app: App;
  says: string[];
}

/** Stores variables, which have been checked. */
export async function setVariables(
  home: Home,
  app: App,
  values: ReadonlyMap<string, string>,
): Promise<ChangedVariables> {
  const changed = await updateApp(home, app, (current) => ({
    ...current,
    environment: { ...current.environment, ...Object.fromEntries(values) },
  }));
  const replaces = values.has(databaseVariable) && hasLeashUrl(app);
  return { app: changed, says: replaces ? ["It takes the place of the app's Leash database, which is kept."] : [] };
}

/**
 * Removes a variable. The Leash database's own goes by no longer being injected.
 * @throws LeashError `env/not-set`, `env/injected`
 */
export async function unsetVariable(home: Home, app: App, name: string): Promise<ChangedVariables> {
  const { injected } = appEnvironment(app, readServerRecord(home));
  if (!Object.hasOwn(app.environment, name) && !injected.has(name)) throw variableNotSet(name);
  if (injected.has(name) && name !== databaseVariable) {
    throw new LeashError("env/injected", `${name} comes with the app's Leash database.`, {
      hint: "It goes when DATABASE_URL is unset or set to your own database.",
      exitCode: 2,
    });
  }
  const changed = await updateApp(home, app, (current) => withoutVariable(current, name));
  return { app: changed, says: injected.has(name) ? ["The database is kept."] : [] };
}

function withoutVariable(app: App, name: string): App {
  if (Object.hasOwn(app.environment, name)) {
    const { [name]: _removed, ...environment } = app.environment;
    return { ...app, environment };
  }
  if (app.stack) return { ...app, stack: { ...app.stack, injected: false } };
  return app.database ? { ...app, database: { ...app.database, injected: false } } : app;
}

export function variableNotSet(name: string): LeashError {
  return new LeashError("env/not-set", `${name} is not set for this app.`, {
    hint: "`leash env list` shows what is.",
  });
}
