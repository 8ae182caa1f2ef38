import type { Located, LocatedValue, Table } from "./document";

const quote = 0x22;
const backslash = 0x5c;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const words: readonly [word: string, value: boolean | null][] = [
  ["true", true],
  ["false", false],
  ["null", null],
];

/** Text that is no JSON; what is wrong with it, a parser that knows says. */
class NotJson extends Error {}

/**
 * The object that a text of strict JSON holds, in one pass; undefined for everything else. JSON.parse tells no places, and
 * jsonc-parser's tree of a manifest of 60,000 dependencies takes several times as long and 100 MB.
 * @throws RangeError when it is nested too deep
 */
export function readStrictJson(text: string): Table | undefined {
  try {
    const { value } = new Reader(text).document();
    return value instanceof Map ? value : undefined;
  } catch (error) {
    if (error instanceof NotJson) return undefined;
    throw error;
  }
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  document(): Located {
    const root = this.located();
    this.skipSpace();
    if (this.at < this.text.length) throw new NotJson();
    return root;
  }

  private located(): Located {
    this.skipSpace();
    const offset = this.at;
    return { value: this.value(), offset };
  }

  private value(): LocatedValue {
    const sign = this.text[this.at];
    if (sign === "{") return this.object();
    if (sign === "[") return this.array();
    if (sign === '"') return this.string();
    const word = words.find(([one]) => this.text.startsWith(one, this.at));
    if (word !== undefined) {
      this.at += word[0].length;
      return word[1];
    }
    number.lastIndex = this.at;
    const found = number.exec(this.text);
    if (found === null) throw new NotJson();
    this.at = number.lastIndex;
    return Number(found[0]);
  }

  private object(): Table {
    const table: Table = new Map();
    for (let more = this.opens("}"); more; more = this.goesOn("}")) {
      this.skipSpace();
      const offset = this.at;
      const key = this.string();
      this.skipSpace();
      if (this.text[this.at++] !== ":") throw new NotJson();
      this.skipSpace();
      table.set(key, { value: this.value(), offset });
    }
    return table;
  }

  private array(): Located[] {
    const items: Located[] = [];
    for (let more = this.opens("]"); more; more = this.goesOn("]")) items.push(this.located());
    return items;
  }

  /** Past the opening sign; whether something stands before the closing one. */
  private opens(closing: string): boolean {
    this.at += 1;
    this.skipSpace();
    if (this.text[this.at] !== closing) return true;
    this.at += 1;
    return false;
  }

  /** Past a comma or the closing sign; whether it was a comma. */
  private goesOn(closing: string): boolean {
    this.skipSpace();
    const sign = this.text[this.at++];
    if (sign !== "," && sign !== closing) throw new NotJson();
    return sign === ",";
  }

  private string(): string {
    const start = this.at;
    if (this.text.charCodeAt(start) !== quote) throw new NotJson();
    let plain = true;
    let end = start + 1;
    for (let code = this.text.charCodeAt(end); code !== quote; code = this.text.charCodeAt(++end)) {
      // Past the end it is NaN, and no control character may stand in a string as it is.
      if (!(code >= 0x20)) throw new NotJson();
      if (code !== backslash) continue;
      plain = false;
      end += 1;
      if (end >= this.text.length) throw new NotJson();
    }
    this.at = end + 1;
    return plain ? this.text.slice(start + 1, end) : unescaped(this.text.slice(start, this.at));
  }

  private skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at += 1;
    }
  }
}

function unescaped(literal: string): string {
  try {
    return JSON.parse(literal) as string;
  } catch {
    throw new NotJson();
  }
}
