import { LeashError } from "../errors";
import type { App } from "../platform/app-store";
import type { Home } from "../platform/home";
import { findPgbouncer } from "../platform/pool";
import { setPooling } from "../platform/provision";
import { handlesPrepared } from "../pool/config";
import { say, withProgress } from "../terminal";

/**
 * Looks at `--pool` before anything is made.
 * @throws LeashError `deploy/contradiction`, `pool/not-installed`
 */
export function assertPooling(pool: boolean | undefined, choice: string | undefined, target: "local" | "pulumi"): void {
  if (!pool) return;
  const clash = choice !== undefined && choice !== "create" ? `--choice ${choice}` : undefined;
  const other = clash ?? (target === "pulumi" ? "--target pulumi" : undefined);
  if (other) {
    throw new LeashError(
      "deploy/contradiction",
      `--pool is for a database on this machine's server, not for ${other}.`,
      {
        hint: "Leave one of the two out.",
        exitCode: 2,
      },
    );
  }
  findPgbouncer();
}

/** Turns the pool on or off for an app that has its database; says what it means when it changes. */
export async function applyPooling(home: Home, app: App, pool: boolean | undefined): Promise<App> {
  if (pool === undefined || !app.database || (app.database.pool ?? false) === pool) return app;
  const changed = await withProgress((progress) => {
    progress(pool ? "Starting PgBouncer" : "Leaving PgBouncer");
    return setPooling(home, app, pool);
  });
  say(
    pool
      ? "  It connects through PgBouncer: many clients share its connections. Restart the app."
      : "  It connects to the server itself again. Restart the app.",
  );
  if (pool && !handlesPrepared(findPgbouncer().version)) {
    say("  This PgBouncer is older than 1.21: some drivers need a setting, see docs/pooling.md.");
  }
  return changed;
}
