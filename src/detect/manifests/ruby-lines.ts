import type { Source } from "../place";

export interface LogicalLine {
  /** Trimmed, without comments; a statement that goes on over lines is one, its lines joined by line breaks. */
  text: string;
  /** 1-based, of its first line. */
  line: number;
}

/** Ruby's statements, line by line; those that end in a comma, a backslash or an operator go on with the next. */
export function* rubyLines(source: Source): Generator<LogicalLine> {
  let inComment = false;
  let parts: string[] = [];
  let first = 0;
  for (let line = 1; line <= source.lineCount; line++) {
    const raw = source.line(line);
    if (inComment) {
      inComment = !raw.startsWith("=end");
      continue;
    }
    if (raw.startsWith("=begin")) {
      inComment = true;
      continue;
    }
    if (raw === "__END__") break;
    const text = withoutComment(raw).trim();
    if (text === "" && parts.length > 0 && line < source.lineCount) continue;
    if (parts.length === 0) first = line;
    parts.push(text.replace(/\\$/, ""));
    // Nobody writes a gem over more lines than this; a file of commas is not one statement.
    if (/(,|\\|=>|\|\||&&|[([{])$/.test(text) && line < source.lineCount && parts.length < 50) continue;
    const whole = parts.join("\n").trim();
    parts = [];
    for (const statement of whole.split(/;\s*/)) if (statement !== "") yield { text: statement.trim(), line: first };
  }
}

/** What stands before a `#` that is in no string. */
function withoutComment(line: string): string {
  let quote: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const sign = line[at]!;
    if (sign === "\\") at += 1;
    else if (quote !== undefined) quote = sign === quote ? undefined : quote;
    else if (sign === '"' || sign === "'") quote = sign;
    else if (sign === "#") return line.slice(0, at);
  }
  return line;
}
