import fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { openSession } from "../connection/open";
import { errorMessage } from "../errors";
import { readFileIfThere } from "../files";
import { agentLock, agentPaths, wasStoppedMeanwhile, writeAgentRecord } from "../platform/agent-process";
import { listApps } from "../platform/app-store";
import { openBackupGround, readBackupSettings } from "../platform/backups";
import { type Home, resolveHome } from "../platform/home";
import { holdLock } from "../platform/lock";
import { ensurePool, isPoolMissing } from "../platform/pool";
import { administratorServer, startServer } from "../platform/server";
import { cutServerLog } from "../platform/server-log";
import { readServerRecord, type ServerRecord, serverPaths } from "../platform/server-record";
import { describeServerBaseline } from "../tenancy/describe";
import { reconcileServerBaseline } from "../tenancy/reconcile";
import { serverPort } from "../tenancy/server-config";
import { runAgent } from "./agent";
import { createLog, type Logger } from "./log";

const watchMs = 2_000;
const longestSocketPath = 107;

/** The agent of an embedded server: one per home, for as long as the home is there. */
export async function runEmbeddedAgent(stop: AbortController): Promise<void> {
  const home = resolveHome();
  if (!(await becomesTheOne(home)) || wasStoppedMeanwhile(home)) return;
  writeAgentRecord(home);
  const { log: file, socket } = agentPaths(home);
  const log = createLog(file);
  const record = await firstStart(home, log, stop.signal);
  if (!record) return;
  const supervision = supervise(home, log, stop);
  await runAgent(
    {
      server: administratorServer(record),
      openAs: ({ name, password, app }) =>
        openSession({
          ...{ socketDirectory: record.socketDirectory, port: serverPort, user: name, password, database: app },
          searchPath: "",
        }),
      log,
      metrics: socket.length <= longestSocketPath ? [{ socket }] : [],
      backups: {
        version: () => readFileIfThere(home.backupSettings) ?? "",
        open: async () => ({ ground: await openBackupGround(home, record), settings: readBackupSettings(home) }),
        names: () => new Map(listApps(home).map(({ id, name }) => [id, name])),
      },
    },
    stop.signal,
  );
  await supervision;
  fs.rmSync(socket, { force: true });
}

/** Whoever asks whether the lock is held holds it for a moment. */
async function becomesTheOne(home: Home): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt++) {
    if (await holdLock(home, agentLock)) return true;
    await sleep(50);
  }
  return false;
}

async function firstStart(home: Home, log: Logger, signal: AbortSignal): Promise<ServerRecord | undefined> {
  while (!signal.aborted && isThere(home)) {
    try {
      const record = await startServer(home);
      // A server that a former version started lacks what this one has added.
      await reconcileServerBaseline(administratorServer(record), describeServerBaseline());
      return record;
    } catch (error) {
      log.error({ error: errorMessage(error) }, "the server does not start");
      await sleep(watchMs, undefined, { signal }).catch(() => {});
    }
  }
  return undefined;
}

/** Starts the server again when it has died, and ends the agent when its home is gone. */
async function supervise(home: Home, log: Logger, stop: AbortController): Promise<void> {
  let failed = "";
  while (!stop.signal.aborted) {
    await sleep(watchMs, undefined, { signal: stop.signal }).catch(() => {});
    if (stop.signal.aborted) return;
    if (!isThere(home)) {
      stop.abort();
      return;
    }
    try {
      const record = await startServer(home, (text) => log.warn(text));
      for (const file of cutServerLog(serverPaths(record).log))
        log.warn({ file }, "the server's log was full, and is emptied");
      if (isPoolMissing(record)) await ensurePool(home, record);
      failed = "";
    } catch (error) {
      if (errorMessage(error) !== failed) log.error({ error: errorMessage(error) }, "the server does not start");
      failed = errorMessage(error);
    }
  }
}

const isThere = (home: Home) => fs.existsSync(home.serverRecord) && readServerRecord(home) !== undefined;
