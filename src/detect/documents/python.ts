import type { Token } from "./script";

const token = /\s+|#[^\n]*|[rbuf]{0,2}("""|'''|"|')|[A-Za-z_]\w*|[\s\S]/iy;

/** What ends a string, or takes the sign behind it out of account; a short one ends with its line. */
const stringEnds: Readonly<Record<string, RegExp>> = {
  '"': /\\[\s\S]|"|\n/g,
  "'": /\\[\s\S]|'|\n/g,
  '"""': /\\[\s\S]|"""/g,
  "'''": /\\[\s\S]|'''/g,
};

/** Splits Python into tokens as `tokensOf` does with JavaScript: a string's prefix is left out, its escapes stay. */
export function* pythonTokens(text: string): Generator<Token> {
  const scan = new RegExp(token);
  for (let match = scan.exec(text); match !== null; match = scan.exec(text)) {
    const [whole, quote] = match;
    const offset = match.index;
    if (quote !== undefined) {
      const start = scan.lastIndex;
      const end = endOfString(text, start, quote);
      yield { kind: "string", text: text.slice(start, end), offset };
      scan.lastIndex = text.startsWith(quote, end) ? end + quote.length : end;
    } else if (/^\w/.test(whole)) {
      yield { kind: "word", text: whole, offset };
    } else if (!/^[\s#]/.test(whole)) {
      yield { kind: "sign", text: whole, offset };
    }
  }
}

/** The offset behind a string's last character: its closing quote, its line's end, or the end of all. */
function endOfString(text: string, start: number, quote: string): number {
  const scan = new RegExp(stringEnds[quote] ?? "$", "g");
  scan.lastIndex = start;
  for (let match = scan.exec(text); match !== null; match = scan.exec(text)) {
    if (!match[0].startsWith("\\")) return match.index;
  }
  return text.length;
}
