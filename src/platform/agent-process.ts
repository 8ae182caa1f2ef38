import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod/mini";
import { LeashError } from "../errors";
import { readFileIfThere, writeFileAtomic } from "../files";
import { createHome, type Home } from "./home";
import { isLocked } from "./lock";
import { commandOf, signalProcess } from "./processes";

/** What the agent calls itself among the machine's processes. */
export const agentTitle = "leash-agent";

/** Held by the agent for as long as it lives. */
export const agentLock = "agent";

/** Tells the agent which stop was the last when it was started. */
const stopMarkVariable = "LEASH_AGENT_AFTER_STOP";

const stopTimeoutMs = 10_000;

export interface AgentPaths {
  /** Who holds the lock, and which version it is. */
  record: string;
  log: string;
  /** Serves metrics. */
  socket: string;
  /** Another text after each stop. */
  stopMark: string;
}

export function agentPaths(home: Home): AgentPaths {
  return {
    record: path.join(home.root, "agent.json"),
    log: path.join(home.root, "agent.log"),
    socket: path.join(home.root, "agent.sock"),
    stopMark: path.join(home.root, "agent.stop"),
  };
}

const recordSchema = z.object({ pid: z.number(), program: z.string(), builtAt: z.number() });
export type AgentRecord = z.infer<typeof recordSchema>;

/** Who the agent is. Its word counts only while the lock is held. */
function readRecord(home: Home): AgentRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(readFileIfThere(agentPaths(home).record) ?? ""));
  } catch {
    return undefined;
  }
}

/** Says who holds the lock, once it is held. */
export function writeAgentRecord(home: Home): void {
  writeFileAtomic(agentPaths(home).record, `${JSON.stringify({ pid: process.pid, ...agentProgram() })}\n`);
}

/** The living agent's process; null for one that has not said yet who it is; undefined for none. */
export async function findAgent(home: Home): Promise<number | null | undefined> {
  if (!(await isLocked(home, agentLock))) return undefined;
  const pid = readRecord(home)?.pid;
  // The record may be that of the one before, whose number somebody else has by now.
  return pid !== undefined && commandOf(pid)?.startsWith(agentTitle) ? pid : null;
}

/** The agent's program, which the package has beside the command line's, and when it was built. */
export function agentProgram(): Omit<AgentRecord, "pid"> {
  for (let folder = __dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const program = path.join(folder, "dist", "agent", "main.js");
    const builtAt = fs.statSync(program, { throwIfNoEntry: false })?.mtimeMs;
    if (builtAt !== undefined) return { program, builtAt };
  }
  throw new LeashError("agent/no-program", "The agent's program is not in this package.", {
    hint: "Install leash-databases again, or run `npm run build` in its repository.",
  });
}

/** What Node is told: the agent lives long and holds little. images/agent/Dockerfile says the same. */
export function agentArguments(program = agentProgram().program): string[] {
  return ["--max-semi-space-size=1", "--max-old-space-size=192", "--optimize-for-size", program];
}

/**
 * It waits for a server all day: threads and their memory are not worth it, and what a look over a thousand apps took goes
 * back to the system, which glibc does of itself for large pieces only.
 */
export const leanVariables = {
  ...{ UV_THREADPOOL_SIZE: "1", MALLOC_ARENA_MAX: "1" },
  ...{ MALLOC_TRIM_THRESHOLD_: "65536", MALLOC_MMAP_THRESHOLD_: "65536" },
};

const passedVariables = [
  ...["LEASH_POSTGRES_BIN", "LEASH_POSTGRES_CLIENT_BIN", "LEASH_POSTGRES_USER", "LEASH_PGBOUNCER"],
  ...["PATH", "HOME", "USER", "TMPDIR", "TZ", "LANG"],
];

/** What the agent gets of the shell's environment: whoever starts it may have secrets of other programs in theirs. */
function agentEnvironment(home: Home): NodeJS.ProcessEnv {
  const passed = Object.entries(process.env).filter(([name]) => passedVariables.includes(name));
  return {
    ...Object.fromEntries(passed),
    ...leanVariables,
    [stopMarkVariable]: readStopMark(home),
    LEASH_HOME: home.root,
  };
}

const readStopMark = (home: Home) => readFileIfThere(agentPaths(home).stopMark) ?? "";

/** Whether `stopAgent` was called while this agent was starting: it held no lock yet by which it would have been found. */
export function wasStoppedMeanwhile(home: Home): boolean {
  return process.env[stopMarkVariable] !== undefined && process.env[stopMarkVariable] !== readStopMark(home);
}

/**
 * Makes sure that the home's agent runs, and that it is of this version. It takes a moment until it looks at the server.
 * With LEASH_AGENT=off there is none: for who runs another guard.
 */
export async function ensureAgent(home: Home): Promise<void> {
  if (process.env.LEASH_AGENT === "off") return;
  const current = agentProgram();
  if (await isLocked(home, agentLock)) {
    const record = readRecord(home);
    // One that has only just begun has no record yet.
    if (!record || (record.program === current.program && record.builtAt === current.builtAt)) return;
    await stopAgent(home);
  }
  createHome(home);
  const log = fs.openSync(`${agentPaths(home).log}.err`, "w", 0o600);
  try {
    const child = spawn(process.execPath, agentArguments(current.program), {
      cwd: home.root,
      detached: true,
      stdio: ["ignore", log, log],
      env: agentEnvironment(home),
    });
    child.on("error", () => {});
    child.unref();
  } finally {
    fs.closeSync(log);
  }
}

/** Starts the agent where there is none; another version's goes on. */
export async function keepAgent(home: Home): Promise<void> {
  if (!(await isLocked(home, agentLock))) await ensureAgent(home);
}

/** Ends the agent, also one that is only just starting; returns false when none was there. */
export async function stopAgent(home: Home): Promise<boolean> {
  if (fs.existsSync(home.root)) writeFileAtomic(agentPaths(home).stopMark, `${randomUUID()}\n`);
  const deadline = Date.now() + stopTimeoutMs;
  let found = false;
  for (;;) {
    const pid = await findAgent(home);
    if (pid === undefined) return found;
    found = true;
    if (pid !== null) signalProcess(pid, Date.now() < deadline ? "SIGTERM" : "SIGKILL");
    await sleep(pid === null ? 20 : 50);
    if (Date.now() > deadline + stopTimeoutMs) return found;
  }
}
