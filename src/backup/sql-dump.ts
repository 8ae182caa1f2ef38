import { openSession, type Session } from "../connection/open";
import type { DatabaseLogin, DumpReader, RestoreFault, RestoreOptions } from "./dumps";
import { ScriptRunner } from "./sql/execute";
import { readScript } from "./sql/script";
import { tableOf } from "./sql/statement";

/**
 * Reads dumps in SQL, compressed by gzip or plain: what pg_dump in WebAssembly makes, and what people bring. Statements
 * go to the server one by one; psql never sees them, because a dump can make it run programs. Memory stays flat.
 */
export const sqlReader: DumpReader = {
  async list(file) {
    const tables = new Set<string>();
    for await (const piece of readScript(file)) {
      const table = piece.kind === "statement" ? tableOf(piece.text.subarray(0, 4096).toString("utf8")) : undefined;
      if (table !== undefined) tables.add(table);
    }
    return [...tables];
  },
  async readThrough(file) {
    for await (const _ of readScript(file));
  },
  restore,
};

/** What psql's commands ask for is refused: `restore/unsupported-command`. */
async function restore(
  login: DatabaseLogin,
  file: string,
  { withoutGrants = false, onProgress, signal }: RestoreOptions,
): Promise<RestoreFault[]> {
  signal?.throwIfAborted();
  const session = await openSession(login);
  const drop = () => dropSession(session);
  signal?.addEventListener("abort", drop, { once: true });
  try {
    const runner = new ScriptRunner(session, { withoutGrants });
    for await (const piece of readScript(file, { onProgress, signal })) await runner.take(piece);
    await runner.finish();
    await session.end();
    return runner.faults;
  } catch (error) {
    // In the middle of rows a session can't be ended with a word.
    drop();
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", drop);
  }
}

function dropSession(session: Session): void {
  session.connection.stream.destroy();
}
