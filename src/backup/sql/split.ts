import {
  backslash,
  closeParen,
  dash,
  dollar,
  doubleQuote,
  endOfRows,
  goesOnWord,
  isDigit,
  isSpace,
  newline,
  openParen,
  quote,
  semicolon,
  slash,
  star,
  startsWord,
} from "./characters";
import { GrowingBuffer } from "./growing-buffer";
import type { Piece, Unfinished } from "./pieces";
import { StatementTracker } from "./statement-tracker";

type State =
  | { in: "code" }
  | { in: "string"; escapes: boolean }
  | { in: "name" }
  | { in: "dollar"; tag: Buffer }
  | { in: "block-comment"; depth: number }
  | { in: "copy-line" }
  | { in: "copy" };

const code: State = { in: "code" };

/**
 * Splits a script into statements, as its pieces come. The rules are those of psql's lexer (psqlscan.l), so that what is
 * one statement for psql is one here: https://www.postgresql.org/docs/18/sql-syntax-lexical.html
 */
export class ScriptSplitter {
  private readonly bytes = new GrowingBuffer();
  /** Where in `bytes` the lexer is; what is before has been understood. */
  private at = 0;
  private state: State = code;
  private tracker = new StatementTracker();
  /** Where in `bytes` the statement starts; undefined between statements. */
  private start: number | undefined;
  /** After an `E'…'`: its next part may follow on another line. */
  private escapesGoOn: "no" | "here" | "on-next-line" = "no";
  private pieces: Piece[] = [];
  private ended = false;

  push(chunk: Uint8Array): Piece[] {
    this.bytes.append(chunk);
    return this.run();
  }

  /** The last pieces; then `unfinished` tells whether there should have been more. */
  end(): Piece[] {
    this.ended = true;
    return this.run();
  }

  get unfinished(): Unfinished {
    const where = this.state.in;
    if (where === "copy" || where === "copy-line") return "rows";
    if (where === "block-comment") return "comment";
    if (where !== "code") return "quotes";
    return this.start === undefined ? "nothing" : "statement";
  }

  /** Bytes of the statement that is being read. */
  get pending(): number {
    return this.bytes.length;
  }

  private run(): Piece[] {
    this.pieces = [];
    while (this.step());
    // What is done with need not be kept.
    const done = this.start ?? this.at;
    this.bytes.dropFirst(done);
    this.at -= done;
    if (this.start !== undefined) this.start = 0;
    return this.pieces;
  }

  /** Understands a little more; false when more bytes must come. */
  private step(): boolean {
    if (this.at >= this.bytes.length) return false;
    switch (this.state.in) {
      case "code":
        return this.stepCode();
      case "string":
        return this.stepString(this.state.escapes);
      case "name":
        return this.skipPast(Buffer.from('"'));
      case "dollar":
        return this.skipPast(this.state.tag);
      case "block-comment":
        return this.stepBlockComment(this.state);
      case "copy-line":
        return this.stepCopyLine();
      case "copy":
        return this.stepCopy();
    }
  }

  private stepCode(): boolean {
    const byte = this.bytes.at(this.at);
    if (isSpace(byte)) {
      if (byte === newline && this.escapesGoOn === "here") this.escapesGoOn = "on-next-line";
      this.at += 1;
      return true;
    }
    const next = this.bytes.at(this.at + 1);
    if (Number.isNaN(next) && !this.ended && (byte === dash || byte === slash)) return false;
    if (byte === dash && next === dash) return this.stepLineComment();
    if (byte === backslash) return this.stepCommand();
    if (byte === slash && next === star) {
      this.escapesGoOn = "no";
      this.at += 2;
      this.state = { in: "block-comment", depth: 1 };
      return true;
    }
    const goesOn = this.escapesGoOn === "on-next-line";
    this.escapesGoOn = "no";
    if (byte === semicolon && !this.tracker.isNested) return this.endStatement();
    this.start ??= this.at;
    if (startsWord(byte)) return this.stepWord();
    if (byte === dollar) return this.stepDollar();
    this.at += 1;
    if (byte === quote) this.state = { in: "string", escapes: goesOn || !this.tracker.standardStrings };
    else if (byte === doubleQuote) this.state = { in: "name" };
    else if (byte === openParen) this.tracker.open();
    else if (byte === closeParen) this.tracker.close();
    else if (isDigit(byte)) this.skipDigits();
    return true;
  }

  /** So that the `e` of `1e'` is no prefix. */
  private skipDigits(): void {
    while (isDigit(this.bytes.at(this.at))) this.at += 1;
  }

  private stepWord(): boolean {
    let end = this.at + 1;
    while (goesOnWord(this.bytes.at(end))) end += 1;
    if (end >= this.bytes.length && !this.ended) return false;
    const word = this.bytes.slice(this.at, end).toString("latin1").toLowerCase();
    this.at = end;
    if (word === "e" && this.bytes.at(end) === quote) {
      this.at = end + 1;
      this.state = { in: "string", escapes: true };
      return true;
    }
    this.tracker.word(word);
    return true;
  }

  private stepDollar(): boolean {
    let end = this.at + 1;
    if (startsWord(this.bytes.at(end))) {
      while (this.bytes.at(end) !== dollar && goesOnWord(this.bytes.at(end))) end += 1;
    }
    if (end >= this.bytes.length && !this.ended) return false;
    if (this.bytes.at(end) === dollar) {
      this.state = { in: "dollar", tag: Buffer.from(this.bytes.slice(this.at, end + 1)) };
      this.at = end + 1;
    } else {
      this.at += 1;
    }
    return true;
  }

  private stepString(escapes: boolean): boolean {
    for (; this.at < this.bytes.length; this.at += 1) {
      const byte = this.bytes.at(this.at);
      if (byte === quote) {
        // A doubled one opens the string again, and that is as good.
        if (escapes && this.at + 1 >= this.bytes.length && !this.ended) return false;
        const doubled = escapes && this.bytes.at(this.at + 1) === quote;
        this.at += doubled ? 2 : 1;
        if (doubled) return true;
        this.state = code;
        this.escapesGoOn = escapes ? "here" : "no";
        return true;
      }
      if (escapes && byte === backslash) {
        if (this.at + 1 >= this.bytes.length) return false;
        this.at += 1;
      }
    }
    return false;
  }

  private skipPast(end: Buffer): boolean {
    const found = this.bytes.indexOf(end, this.at);
    if (found < 0) {
      this.at = Math.max(this.at, this.bytes.length - end.length + 1);
      return false;
    }
    this.at = found + end.length;
    this.state = code;
    return true;
  }

  private stepBlockComment(state: { depth: number }): boolean {
    for (; this.at + 1 < this.bytes.length; this.at += 1) {
      const [byte, next] = [this.bytes.at(this.at), this.bytes.at(this.at + 1)];
      const opens = byte === slash && next === star;
      if (!opens && !(byte === star && next === slash)) continue;
      state.depth += opens ? 1 : -1;
      this.at += 2;
      if (state.depth === 0) this.state = code;
      return true;
    }
    return false;
  }

  private stepLineComment(): boolean {
    const end = this.endOfLine();
    if (end === undefined) return false;
    if (this.start === undefined) {
      this.pieces.push({ kind: "comment", text: this.bytes.slice(this.at, end).toString("utf8").trimEnd() });
    }
    this.at = end;
    return true;
  }

  private stepCommand(): boolean {
    const end = this.endOfLine();
    if (end === undefined) return false;
    const text = this.bytes.slice(this.at, end).toString("utf8").trimEnd();
    this.pieces.push({ kind: "command", text, inside: this.start !== undefined });
    this.at = end;
    return true;
  }

  private endOfLine(): number | undefined {
    const found = this.bytes.indexOf(newline, this.at);
    return found >= 0 ? found : this.ended ? this.bytes.length : undefined;
  }

  private endStatement(): boolean {
    const { copies } = this.tracker;
    if (this.start !== undefined) {
      this.pieces.push({ kind: "statement", text: Buffer.from(this.bytes.slice(this.start, this.at)), copies });
    }
    this.tracker = this.tracker.next();
    this.at += 1;
    this.start = undefined;
    if (copies) this.state = { in: "copy-line" };
    return true;
  }

  /** Rows start on the line after the statement's. */
  private stepCopyLine(): boolean {
    const found = this.bytes.indexOf(newline, this.at);
    if (found < 0) return false;
    this.at = found + 1;
    this.state = { in: "copy" };
    return true;
  }

  /** `at` is always where a line may start, or in a line that can't be the last. */
  private stepCopy(): boolean {
    let from = this.at;
    for (;;) {
      const found = this.bytes.indexOf(backslash, from);
      if (found < 0) break;
      from = found + 1;
      const isLineStart = found === this.at ? this.copyAtLineStart : this.bytes.at(found - 1) === newline;
      if (!isLineStart) continue;
      const end = endOfRows(this.bytes, found, this.ended);
      if (end === "more") return this.giveRows(found);
      if (end === undefined) continue;
      this.giveRows(found);
      this.at = end;
      this.copyAtLineStart = true;
      this.state = code;
      this.pieces.push({ kind: "copy-end" });
      return true;
    }
    return this.giveRows(this.bytes.length);
  }

  private copyAtLineStart = true;

  private giveRows(end: number): false {
    if (end > this.at) {
      this.copyAtLineStart = this.bytes.at(end - 1) === newline;
      this.pieces.push({ kind: "copy-data", data: Buffer.from(this.bytes.slice(this.at, end)) });
    }
    this.at = end;
    return false;
  }
}
