import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod/mini";
import { flushDirectory, readFileIfThere, removeTree, writeFileAtomic } from "../files";
import { findPostmaster } from "./postmaster";
import { signalProcess } from "./processes";
import type { ServerPaths } from "./server-record";

const stateSchema = z.object({
  /** The folder beside the data that takes the old data: `data-15-20261123031500`. */
  kept: z.string().check(z.regex(/^data-\d+-\d{14}$/)),
});

/** Where the new server is made while the old one is still the one. */
export const upgradeFolder = ({ root }: Pick<ServerPaths, "root">): string => path.join(root, "upgrade");

const stateFile = ({ root }: Pick<ServerPaths, "root">) => path.join(root, "upgrade.json");

/** From here on the new data is the data: whoever comes next completes it. */
export function commitUpgrade(paths: ServerPaths, kept: string): void {
  writeFileAtomic(stateFile(paths), `${JSON.stringify({ kept })}\n`);
}

/**
 * Completes an upgrade whose new data was whole, and clears away one that was not; the caller has the lock on the server.
 * A start in between would make an empty cluster while the data lies beside it.
 */
export async function settleUpgrade(paths: ServerPaths): Promise<void> {
  const text = readFileIfThere(stateFile(paths));
  const fresh = path.join(upgradeFolder(paths), "data");
  await endLeftServer(fresh);
  if (text !== undefined) {
    const kept = path.join(paths.root, stateSchema.parse(JSON.parse(text)).kept);
    if (!fs.existsSync(kept) && fs.existsSync(fresh)) fs.renameSync(paths.data, kept);
    if (fs.existsSync(fresh)) fs.renameSync(fresh, paths.data);
    flushDirectory(paths.root);
  }
  removeTree(upgradeFolder(paths));
  fs.rmSync(stateFile(paths), { force: true });
}

/** The new server of an upgrade that was killed. */
async function endLeftServer(data: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const left = fs.existsSync(data) ? findPostmaster(data) : undefined;
    if (!left) return;
    signalProcess(left.pid, attempt < 100 ? "SIGQUIT" : "SIGKILL");
    await sleep(50);
  }
}
