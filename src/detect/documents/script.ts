/** A word of a script. Comments and white space are no tokens. */
export interface Token {
  kind: "word" | "string" | "sign";
  /** A string's content without its quotes, escapes left as they are; a template with `${` is cut there. */
  text: string;
  /** Offset of the first character. */
  offset: number;
}

const token =
  /\s+|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|(["'])((?:(?!\1)[^\\\n]|\\[\s\S])*)\1?|`((?:[^`\\]|\\[\s\S])*)`?|[A-Za-z_$][\w$]*|[\s\S]/y;

/**
 * Splits JavaScript, TypeScript or a Prisma schema into tokens, so that settings can be read without running them. It
 * knows no regular expressions: a quote in one ends with its line.
 */
export function* tokensOf(text: string): Generator<Token> {
  const scan = new RegExp(token);
  for (let match = scan.exec(text); match !== null && match[0] !== ""; match = scan.exec(text)) {
    const [whole, , quoted, template] = match;
    const offset = match.index;
    if (quoted !== undefined || template !== undefined) {
      yield { kind: "string", text: quoted ?? template ?? "", offset };
    } else if (/^[\w$]/.test(whole)) {
      yield { kind: "word", text: whole, offset };
    } else if (!/^(\s|\/[/*])/.test(whole)) {
      yield { kind: "sign", text: whole, offset };
    }
  }
}
