import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serverKinds } from "../../support/tenancy-server";
import { type Arena, type Attempt, createArena } from "./attempt";
import { autovacuumAttempts } from "./autovacuum";
import { commonAttempts } from "./common";
import { judgedAttempts } from "./judged";
import { neighbourAttempts } from "./neighbours";
import { restrictedAttempts } from "./restricted";
import { readDocumentedRows, renderRow, renderTables, writeDocumentedTables } from "./results";
import { serverAttempts } from "./server";
import { settingAttempts } from "./settings";
import { storageAttempts } from "./storage";
import { timeAttempts } from "./time";

const subjects: [subject: string, attempts: Attempt[]][] = [
  ["Time", [...timeAttempts, ...judgedAttempts]],
  ["Its own limits and settings", settingAttempts],
  ["Storage", storageAttempts],
  ["Storage, while restricted", restrictedAttempts],
  // After the idle transactions have had their minute: a full queue of notifications ends them sooner.
  ["What all apps share", [...commonAttempts, ...autovacuumAttempts]],
  ["Its neighbours", neighbourAttempts],
  ["The server, other roles, the catalog", serverAttempts],
];
/** A pattern of what to try, to leave out the rest. */
const only = process.env.LEASH_BYPASS ? new RegExp(process.env.LEASH_BYPASS) : undefined;
const attempts = subjects.flatMap(([, of]) => of).filter(({ what }) => only?.test(what) ?? true);

/** How many of those that keep the machine busy run at once on one server. */
const atOnce = 3;
/** By then all have ended that have 30 s. */
const quietMs = only ? 0 : 37_000;
/** How long one may take once it has begun: it may not hold up what comes after it. */
const attemptMs = 240_000;
/** The last ones wait for all others, each in its turn. */
const turnMs = 1_200_000;

async function run(attempt: Attempt, arena: Arena): Promise<string> {
  const abort = new AbortController();
  const late = sleep(attemptMs, undefined, { signal: abort.signal }).then(() => {
    throw new Error(`not done after ${attemptMs / 1000} s`);
  });
  late.catch(() => {});
  try {
    return await Promise.race([attempt.run(arena), late]);
  } finally {
    abort.abort();
  }
}

/** As the first time failed: on a server that nothing has been tried on, and that nothing holds up. */
async function runAgain(attempt: Attempt, bin: string | undefined): Promise<string> {
  const arena = await createArena(bin);
  try {
    return await run(attempt, arena);
  } finally {
    await arena.dispose();
  }
}

/** Begins all of them, each in its turn. */
function begin(arena: Arena): Map<Attempt, Promise<string>> {
  const begun = new Map<Attempt, Promise<string>>();
  const after = (done: Promise<unknown>, attempt: Attempt) => {
    const result = done.then(() => run(attempt, arena));
    begun.set(attempt, result);
    return result.catch(() => {});
  };
  const there = attempts.filter(({ since }) => arena.major >= (since ?? 0));
  const first = there.filter(({ last }) => !last);
  const waiting = first.filter(({ slow }) => slow === "waits").map((one) => after(Promise.resolve(), one));
  let quick: Promise<unknown> = Promise.resolve();
  for (const one of first.filter(({ slow }) => !slow)) quick = after(quick, one);
  // Two cores: what measures seconds has them to itself.
  const quiet = Promise.race([Promise.all(waiting), sleep(quietMs)]);
  const lanes: Promise<unknown>[] = Array.from({ length: atOnce }, () => quiet);
  for (const [n, one] of first.filter(({ slow }) => slow === "works").entries()) {
    lanes[n % atOnce] = after(lanes[n % atOnce]!, one);
  }
  let settled: Promise<unknown> = Promise.all([...waiting, quick, ...lanes]);
  // One by one: the one that takes the slots leaves none to the other.
  const last = there.filter((one) => one.last).sort((one, other) => one.last! - other.last!);
  for (const one of last) settled = after(settled, one);
  return begun;
}

describe("what an app tries against a server with a guard", () => {
  const arenas = new Map<string, Arena>();
  const begun = new Map<string, Map<Attempt, Promise<string>>>();
  const results = new Map<Attempt, Map<string, string>>(attempts.map((attempt) => [attempt, new Map()]));

  beforeAll(async () => {
    for (const { title, bin } of serverKinds) arenas.set(title, await createArena(bin));
    for (const [title, arena] of arenas) begun.set(title, begin(arena));
  });
  afterAll(async () => {
    await Promise.all([...arenas.values()].map((arena) => arena.dispose()));
  });

  describe.each(serverKinds)("on an $title", ({ title, bin }) => {
    const tried = new Set<Attempt>();
    it.each(attempts)("to $what", { timeout: turnMs }, async (attempt) => {
      const result = tried.has(attempt) ? runAgain(attempt, bin) : begun.get(title)!.get(attempt);
      tried.add(attempt);
      results.get(attempt)!.set(title, await (result ?? "not there"));
    });
  });

  it.skipIf(only)("stands in docs/security.md, each with what holds it", () => {
    const titles = serverKinds.map(({ title }) => title);
    const isWhole = attempts.every((attempt) => results.get(attempt)!.size === titles.length);
    if (process.env.LEASH_WRITE_DOCS === "1" && isWhole) writeDocumentedTables(renderTables(subjects, results, titles));
    const rows = readDocumentedRows();
    expect(rows).toHaveLength(attempts.length);
    for (const attempt of attempts) {
      for (const row of renderRow(attempt, results.get(attempt)!, titles)) {
        if (serverKinds.length > 1) expect(rows).toContain(row);
      }
    }
  });
});
