import { once } from "node:events";
import { from as copyFrom } from "pg-copy-streams";
import type { Session } from "../../connection/open";
import { errorCode, errorMessage, LeashError } from "../../errors";
import type { RestoreFault } from "../dumps";
import type { Piece } from "./pieces";
import { assertReadable, kindOf, treatmentOf } from "./statement";

/** Small statements go together: a message for each would be most of the time. */
const batchBytes = 64 * 1024;
const batchStatements = 100;
const mostFaults = 1_000;

type Rows = ReturnType<typeof copyFrom>;

/**
 * Runs a script's pieces, one after the other. A statement that fails is noted and leaves no trace; the next ones run.
 * Nothing but the server sees the statements, so that no word of them reaches a shell.
 */
export class ScriptRunner {
  readonly faults: RestoreFault[] = [];
  private batch: string[] = [];
  private batched = 0;
  private rows: Rows | undefined;
  private rowsFault: Error | undefined;
  private largeObject: "none" | "open" | "failed" = "none";
  private connects = 0;

  constructor(
    private readonly session: Session,
    private readonly options: { withoutGrants?: boolean },
  ) {}

  /** @throws LeashError `restore/…`, `backup/corrupt` */
  async take(piece: Piece): Promise<void> {
    if (piece.kind === "command") this.checkCommand(piece);
    else if (piece.kind === "copy-data") await this.sendRows(piece.data);
    else if (piece.kind === "copy-end") await this.endRows();
    else if (piece.kind === "statement") await this.takeStatement(piece);
  }

  /** Runs what is left. */
  async finish(): Promise<void> {
    await this.flush();
  }

  private async takeStatement({ text, copies }: Extract<Piece, { kind: "statement" }>): Promise<void> {
    const statement = decode(text);
    assertReadable(statement);
    const treatment = treatmentOf(statement, this.options);
    if (copies) await this.startRows(statement);
    else if (treatment === "alone") await this.runAlone(statement);
    else if (treatment === "run") await this.enqueue(statement);
  }

  private async enqueue(statement: string): Promise<void> {
    this.batch.push(statement);
    this.batched += statement.length;
    if (this.batched >= batchBytes || this.batch.length >= batchStatements) await this.flush();
  }

  /** Statements in one message are one transaction: where one of them fails, none has run, and each runs alone. */
  private async flush(): Promise<void> {
    const { batch } = this;
    this.batch = [];
    this.batched = 0;
    if (batch.length === 0) return;
    if (batch.length > 1) {
      try {
        await this.session.query(batch.join(";\n"));
        return;
      } catch (error) {
        throwIfFatal(error);
      }
    }
    for (const statement of batch) await this.run(statement);
  }

  private async run(statement: string): Promise<boolean> {
    try {
      await this.session.query(statement);
      return true;
    } catch (error) {
      this.note(statement, error);
      return false;
    }
  }

  private async runAlone(statement: string): Promise<void> {
    await this.flush();
    const step = /^SELECT\s+(?:pg_catalog\.)?(lo_open|lowrite|lo_write|lo_close)\b/i.exec(statement)?.[1];
    if (step !== undefined) return this.runOnLargeObject(step.toLowerCase(), statement);
    // A setting of a newer pg_dump's that this server doesn't have.
    await this.session.query(statement).catch((error: unknown) => {
      if (!(/^SET\b/i.test(statement) && errorCode(error) === "42704")) this.note(statement, error);
    });
  }

  /** A large object is open for as long as its transaction. */
  private async runOnLargeObject(step: string, statement: string): Promise<void> {
    if (step === "lo_open") {
      await this.session.query("BEGIN");
      this.largeObject = "open";
    }
    if (this.largeObject === "open" && !(await this.run(statement))) {
      await this.session.query("ROLLBACK");
      this.largeObject = "failed";
    }
    if (step !== "lo_close") return;
    if (this.largeObject === "open") await this.session.query("COMMIT");
    this.largeObject = "none";
  }

  private async startRows(statement: string): Promise<void> {
    await this.flush();
    this.rowsFault = undefined;
    const rows = this.session.query(copyFrom(statement));
    this.rows = rows;
    rows.on("error", (error) => {
      this.rowsFault ??= Object.assign(error, { statement });
    });
  }

  private async sendRows(data: Buffer): Promise<void> {
    // What follows a COPY that failed is thrown away.
    if (!this.rows || this.rowsFault || this.rows.write(data)) return;
    const settled = new AbortController();
    const { signal } = settled;
    await Promise.race([once(this.rows, "drain", { signal }), once(this.rows, "close", { signal })]).catch(() => {});
    settled.abort();
  }

  private async endRows(): Promise<void> {
    const { rows } = this;
    this.rows = undefined;
    if (!rows) return;
    if (!this.rowsFault) {
      await new Promise<void>((resolve) => {
        rows.once("error", () => resolve()).once("finish", resolve);
        rows.end();
      });
    }
    const fault = this.rowsFault as (Error & { statement: string }) | undefined;
    if (!fault) return;
    this.note(fault.statement, fault);
    // The session is free when the server has said so.
    await this.session.query("SELECT");
  }

  private note(statement: string, error: unknown): void {
    throwIfFatal(error);
    if (this.faults.length >= mostFaults) {
      throw new LeashError("restore/failed", `More than ${mostFaults} statements of the dump failed.`, {
        details: this.faults.slice(0, 5).map(({ type, message }) => `${type}: ${message}`),
      });
    }
    const code = errorCode(error);
    const message = errorMessage(error).slice(0, 400);
    this.faults.push({ type: kindOf(statement), ...(code === undefined ? {} : { code }), message });
  }

  private checkCommand({ text, inside }: Extract<Piece, { kind: "command" }>): void {
    if (!inside && /^\\(?:un)?restrict(?:\s|$)/.test(text)) return;
    // One database's dump names it; one that goes on to another would mix the two.
    if (!inside && /^\\connect\s/.test(text) && ++this.connects === 1) return;
    throw new LeashError("restore/unsupported-command", `The dump holds a command of psql's: ${shown(text)}`, {
      exitCode: 2,
      details: ["Such commands may run programs of this machine; nothing of this one was done."],
      hint: "Pass what `pg_dump` wrote for one database, unchanged.",
    });
  }
}

/** Without what would move a terminal's cursor. */
const shown = (text: string) => JSON.stringify(text.slice(0, 80));

const decoder = new TextDecoder("utf-8", { fatal: true });

function decode(text: Buffer): string {
  try {
    return decoder.decode(text);
  } catch (cause) {
    throw new LeashError("backup/corrupt", "The dump holds bytes that are no UTF-8.", { cause });
  }
}

/** SQLSTATE classes after which nothing can go on: no connection, no room, ended by somebody, the disk's fault. */
const fatalClasses = /^(?:08|53|57P|58)/;

function throwIfFatal(error: unknown): void {
  const code = errorCode(error);
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !fatalClasses.test(code)) return;
  throw new LeashError("restore/failed", `The server did not go on: ${errorMessage(error)}`, { cause: error });
}
