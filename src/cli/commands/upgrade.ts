import { resolveHome } from "../../platform/home";
import { startPlatform } from "../../platform/platform";
import { upgradeServer } from "../../platform/upgrade";
import { say, withProgress } from "../../terminal";

/** Takes the embedded server's data to a new major version of PostgreSQL. */
export async function upgrade(): Promise<void> {
  const home = resolveHome();
  const upgraded = await withProgress(async (progress) => {
    const done = await upgradeServer(home, progress);
    if (done) await startPlatform(home, progress);
    return done;
  });
  if (!upgraded) {
    say("✓ The data is of this major version of PostgreSQL already.");
    return;
  }
  const { from, to, apps, kept } = upgraded;
  say(`✓ PostgreSQL ${from} → ${to}: ${apps} databases were taken along, compared, and go on with the same URLs.`);
  say(`  The old data is kept in ${kept}; remove that folder when you are sure.`);
  say("  Databases that a restore had replaced stayed there.");
}
