import { LeashError } from "../errors";
import { parseAppName } from "../identifier";
import { type App, createApp, listApps, rereadApp, saveApp } from "./app-store";
import type { Home } from "./home";
import { withLock } from "./lock";

/** Which app a command is about: `--app NAME`, or the one that was deployed from the folder. */
export interface AppSelector {
  directory: string;
  name?: string | undefined;
}

/**
 * The app that a command is about, if it is known.
 * @throws LeashError `app/ambiguous` when several apps were deployed from the folder
 */
export function findApp(home: Home, { directory, name }: AppSelector): App | undefined {
  const apps = listApps(home);
  if (name !== undefined) {
    const wanted = parseAppName(name);
    return apps.find((app) => app.name === wanted);
  }
  const here = apps.filter((app) => app.directory === directory);
  if (here.length <= 1) return here[0];
  throw new LeashError("app/ambiguous", `${here.length} apps were deployed from ${directory}.`, {
    details: here.map((app) => app.name),
    hint: "Say which one with --app NAME.",
    exitCode: 2,
  });
}

/** @throws LeashError `app/not-found` */
export function requireApp(home: Home, selector: AppSelector): App {
  const app = findApp(home, selector);
  if (app) return app;
  const known = listApps(home).map((other) => other.name);
  throw new LeashError(
    "app/not-found",
    selector.name === undefined
      ? `No app was deployed from ${selector.directory}.`
      : `There is no app named ${JSON.stringify(selector.name)}.`,
    {
      hint: "Run `leash deploy` in the app's folder first, or name another app with --app.",
      details: known.length > 0 ? [`known apps: ${known.slice(0, 20).join(", ")}`] : [],
    },
  );
}

/**
 * The app that a command is about, made on first sight.
 * @param suggestedName taken when the selector names none
 * @throws LeashError `app/name-taken` when an app of another folder has the suggested name
 */
export async function ensureApp(home: Home, selector: AppSelector, suggestedName: string): Promise<App> {
  return withLock(home, "apps", async () => {
    const found = findApp(home, selector);
    if (found) return adopt(home, found, selector.directory);
    const name = parseAppName(selector.name ?? suggestedName);
    const taken = listApps(home).find((app) => app.name === name);
    if (taken) {
      throw new LeashError("app/name-taken", `The app ${JSON.stringify(name)} was deployed from ${taken.directory}.`, {
        hint: `If this is the same app, say so with --app ${JSON.stringify(name)}; if not, give this one another name with --app.`,
        exitCode: 2,
      });
    }
    const app = createApp(name, selector.directory);
    saveApp(home, app);
    return app;
  });
}

/** An app that was named explicitly is the app of this folder from now on. */
async function adopt(home: Home, app: App, directory: string): Promise<App> {
  if (app.directory === directory) return app;
  return withLock(home, app.id, async () => {
    const moved = { ...(rereadApp(home, app) ?? app), directory };
    saveApp(home, moved);
    return moved;
  });
}
