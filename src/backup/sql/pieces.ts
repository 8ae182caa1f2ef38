/** A part of a script in PostgreSQL's dialect as psql reads it. */
export type Piece =
  /** Without what stands before it and without its semicolon. `copies`: rows follow, up to a `copy-end`. */
  | { kind: "statement"; text: Buffer; copies: boolean }
  | { kind: "copy-data"; data: Buffer }
  | { kind: "copy-end" }
  /** A line comment between statements. */
  | { kind: "comment"; text: string }
  /** A command of psql's: its line from the backslash on. `inside`: in the middle of a statement. */
  | { kind: "command"; text: string; inside: boolean };

/** What the script is broken off in; "nothing" between statements. */
export type Unfinished = "nothing" | "statement" | "quotes" | "comment" | "rows";
