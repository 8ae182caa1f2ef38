import type { Source } from "../place";

export interface DotenvEntry {
  name: string;
  /** Without quotes; what it takes over from other variables (`${HOST}`) is left as it stands. */
  value: string;
  /** 1-based. */
  line: number;
}

const entry = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.]*)[ \t]*=[ \t]*(.*)$/;

/** The variables of a `.env` file, and of the examples of one; what is no assignment is passed over. */
export function readDotenv(source: Source): DotenvEntry[] {
  const entries: DotenvEntry[] = [];
  for (let line = 1; line <= source.lineCount; line++) {
    const match = entry.exec(source.line(line));
    if (match) entries.push({ name: match[1]!, value: unquote(match[2]!), line });
  }
  return entries;
}

function unquote(text: string): string {
  const quote = text[0];
  if (quote === '"' || quote === "'" || quote === "`") {
    const end = text.indexOf(quote, 1);
    return text.slice(1, end === -1 ? undefined : end);
  }
  const comment = text.search(/(^|[ \t])#/);
  return (comment === -1 ? text : text.slice(0, comment)).trim();
}
