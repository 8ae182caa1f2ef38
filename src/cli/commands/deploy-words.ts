import { chooseConnection } from "../../detect/connection";
import { detectMembers } from "../../detect/members";
import type { DetectedService, Detection } from "../../detect/types";
import { openApp } from "../../detect/workspace";
import { databaseVariable } from "../../platform/app-environment";
import { lackingExtensions } from "../../platform/app-extensions";
import type { App } from "../../platform/app-store";
import type { Home } from "../../platform/home";
import { say } from "../../terminal";

export function sayWhyMaybe(service: DetectedService | undefined): void {
  if (service?.verdict !== "maybe") return;
  for (const { file, line, text, says } of service.evidence) say(`  ${file}:${line}  ${text}  (${says})`);
}

export function sayConnection(app: App): void {
  const connection = chooseConnection(app.drivers);
  if (connection.kind === "bridge") {
    say(
      `  ${connection.drivers.join(", ")} can't use a unix socket: \`leash run\` opens a loopback bridge for it while the app runs.`,
    );
  } else if (connection.misfits.length > 0) {
    say(
      `  No form of URL serves all of the app's drivers; ${connection.misfits.join(", ")} may need the PG* variables.`,
    );
  }
}

/** What the app will ask its database for, where its server hasn't got it; of a server elsewhere only what it will ask. */
export async function sayNeeds(home: Home, app: App, detection: Detection | undefined): Promise<void> {
  const wanted = detection?.needs?.map(({ extension }) => extension) ?? [];
  if (wanted.length === 0) return;
  const lacking = app.database ? await lackingExtensions(home, wanted) : wanted;
  if (lacking.length === 0) return;
  const names = lacking.join(", ");
  say(
    app.database
      ? `  The app will want ${names}, which this server does not have: use a server that has it, by \`--choice url\`.`
      : `  The app will want ${names}: see that its server has it.`,
  );
}

/** At a workspace's root: the database is one of its apps'. */
export function sayApps(directory: string): void {
  const apps = detectMembers(openApp(directory)).filter(({ detection }) => {
    return detection.services.some(({ service }) => service === "postgresql");
  });
  if (apps.length === 0) return;
  say(
    `  Apps of this workspace use it, and are deployed by their own folders: ${apps.map(({ path }) => path).join(", ")}.`,
  );
}

export function sayOtherVariables({ reads = [], environment }: App): void {
  const names = reads.map(({ name }) => name).filter((name) => name !== databaseVariable);
  if (names.length === 0) return;
  const own = names.filter((name) => Object.hasOwn(environment, name));
  say(
    own.length === 0
      ? `  The app reads ${names.join(", ")}: \`leash run\` gives it the same database there.`
      : `  The app reads ${names.join(", ")}, of which you set ${own.join(", ")}: they stay yours.`,
  );
}
