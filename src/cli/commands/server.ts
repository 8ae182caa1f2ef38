import { resolveHome } from "../../platform/home";
import { startPlatform, stopPlatform } from "../../platform/platform";
import { findPool } from "../../platform/pool";
import { serverStatus } from "../../platform/server";
import { readServerRecord } from "../../platform/server-record";
import { print, printJson, say, withProgress } from "../../terminal";

export async function start(): Promise<void> {
  const home = resolveHome();
  await withProgress((progress) => startPlatform(home, progress));
  say(`✓ PostgreSQL is running (process ${serverStatus(home).pid}).`);
}

export async function stop(): Promise<void> {
  const stopped = await stopPlatform(resolveHome());
  say(stopped ? "✓ PostgreSQL was stopped." : "✓ PostgreSQL was not running.");
}

export function status({ json }: { json?: boolean }): void {
  const home = resolveHome();
  const record = readServerRecord(home);
  const found = { ...serverStatus(home), pool: (record && findPool(record)) ?? null };
  if (json) {
    printJson(found);
    return;
  }
  print(found.running ? `running (process ${found.pid})` : "stopped");
  if (found.major !== null) {
    print(`version: PostgreSQL ${found.major}`);
    print(`socket:  ${found.socketDirectory}`);
    print(`data:    ${found.dataDirectory}`);
    if (found.pool !== null) print(`pool:    running (process ${found.pool})`);
  }
}
