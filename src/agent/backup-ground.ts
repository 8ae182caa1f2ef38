import type { BackedUpApp, BackupGround } from "../backup/ground";
import { LeashError } from "../errors";
import { confirm, say } from "../terminal";
import type { Call } from "./backup-words";
import { reachServer } from "./container";
import { openContainerGround, readContainerBackups } from "./container-backups";
import { readPresent } from "./rebuild";

/** What the commands in the container of the backups work with. */
export interface Ground extends BackupGround {
  /** What people call the apps, by id. */
  names: ReadonlyMap<string, string>;
  /** The apps that are backed up, where it is not all. */
  only: readonly string[] | undefined;
}

/** @throws LeashError `backup/not-here`, `backup/settings`, … */
export async function openGround(environment: NodeJS.ProcessEnv): Promise<Ground> {
  const { server, socketDirectory, backups } = reachServer(environment);
  if (!backups || socketDirectory === undefined) {
    throw new LeashError("backup/not-here", "This container makes no backups.", {
      hint: "Run it in the container of LeashBackup.",
    });
  }
  const { settings, apps, names } = readContainerBackups(backups);
  return { ...(await openContainerGround({ server, socketDirectory }, settings)), names, only: apps };
}

export async function findApp({ server, names }: Ground, id: string): Promise<BackedUpApp | undefined> {
  const tenant = (await readPresent(server)).get(id);
  return tenant && { id, plan: tenant.plan, name: names.get(id) ?? null };
}

/** @throws LeashError `backup/no-app` */
export async function requireApp(ground: Ground, id: string): Promise<BackedUpApp> {
  const app = await findApp(ground, id);
  if (app) return app;
  throw new LeashError("backup/no-app", `The server has no app ${id}.`, {
    hint: "`leash backups rebuild` makes those again that have backups.",
  });
}

/**
 * Asks for the app's id on a terminal, before what it has is replaced or dropped; as `leash backups` does.
 * @throws LeashError `backups/not-confirmed`
 */
export async function approve(
  { yes }: Pick<Call, "yes">,
  id: string,
  what: string,
  words: readonly string[],
): Promise<void> {
  if (yes) return;
  for (const line of words) say(line);
  await confirm({ name: id }, "backups", what, "id");
}
