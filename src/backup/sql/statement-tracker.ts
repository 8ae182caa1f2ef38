/** Of one statement: whether a semicolon ends it, and whether rows follow. psql's lexer counts in the same way. */
export class StatementTracker {
  private readonly first: string[] = [];
  private last = "";
  private parens = 0;
  /** `BEGIN ATOMIC … END` and `CASE … END` in a function's body. */
  private blocks = 0;
  private setting: string | undefined;
  copies = false;

  /** @param standardStrings whether a backslash in plain quotes is one, as it is by default */
  constructor(readonly standardStrings = true) {}

  get isNested(): boolean {
    return this.parens > 0 || this.blocks > 0;
  }

  open(): void {
    this.parens += 1;
  }

  close(): void {
    this.parens = Math.max(0, this.parens - 1);
  }

  /** @param word in lower case, outside of quotes */
  word(word: string): void {
    if (this.first.length < 4) this.first.push(word);
    if (this.parens === 0) {
      if (this.makesRoutine) this.countBlock(word);
      if (this.first[0] === "copy" && this.last === "from" && word === "stdin") this.copies = true;
    }
    this.last = word;
    if (this.first[0] === "set" && this.first[1] === "standard_conforming_strings") this.setting = word;
  }

  private get makesRoutine(): boolean {
    const [create, or, replace, kind] = this.first;
    const routine = or === "or" && replace === "replace" ? kind : or;
    return create === "create" && (routine === "function" || routine === "procedure");
  }

  private countBlock(word: string): void {
    // Bodies don't nest; elsewhere `begin` is a name like any other.
    if (word === "atomic" && this.last === "begin" && this.blocks === 0) this.blocks = 1;
    else if (word === "case" && this.blocks > 0) this.blocks += 1;
    else if (word === "end" && this.blocks > 0) this.blocks -= 1;
  }

  /** For the statement after this one. */
  next(): StatementTracker {
    const standard = this.setting === undefined ? this.standardStrings : !["off", "false", "no"].includes(this.setting);
    return new StatementTracker(standard);
  }
}
