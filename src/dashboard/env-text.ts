/** What a text in the form of a .env holds, and what of it was not taken. */
export interface EnvText {
  /** By name, of which the last counts. */
  values: Map<string, string>;
  /** Whole sentences; lines are told by their numbers, since anything in them may be a secret. */
  notes: string[];
}

/** From the beginning of a line; what stands between quotes may be of several. */
const assignment =
  /[^\S\n]*(?:(?:export|set)[^\S\n]+)?([\w.-]+)(?:[^\S\n]*=|:[^\S\n])[^\S\n]*(?:("(?:\\[\s\S]|[^"\\])*"|'(?:\\'|[^'])*'|`(?:\\`|[^`])*`)[^\S\n]*(?=#|\n|$)|([^\n]*))/y;
const idle = /[^\S\n]*(?:#.*)?(?:\n|$)/y;
const line = /.*(?:\n|$)/y;
const mostShown = 8;

/**
 * Reads a .env as dotenv does, but for two things: a `#` begins a comment only behind a space (or a quoted value), as in shells,
 * Docker Compose and Python, so that a password with one is not cut; and what can't be read is told.
 */
export function parseEnvText(text: string): EnvText {
  const source = text.replace(/^\ufeff/, "").replace(/\r\n?/g, "\n");
  const found: { name: string; value: string }[] = [];
  const unread: number[] = [];
  let [at, number] = [0, 1];
  /** Takes what fits here, and counts the lines in it. */
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (!match) return null;
    at += match[0].length;
    number += match[0].split("\n").length - 1;
    return match;
  };
  while (at < source.length) {
    if (take(idle)) continue;
    const begun = number;
    const match = take(assignment);
    if (match) found.push({ name: match[1]!, value: match[2] === undefined ? bare(match[3]!) : unquote(match[2]) });
    else unread.push(begun);
    take(match ? idle : line);
  }
  const values = new Map(found.map(({ name, value }) => [name, value]));
  const seen = new Set<string>();
  const twice = new Set(found.flatMap(({ name }) => (seen.size === seen.add(name).size ? [name] : [])));
  const notes: string[] = [];
  if (unread.length > 0) notes.push(`Left out, because no NAME=value stands there: line ${shown(unread)}.`);
  if (twice.size > 0) notes.push(`Set more than once, of which the last counts: ${shown([...twice])}.`);
  return { values, notes };
}

const bare = (value: string) => value.replace(/(?:^|\s)#.*$/, "").trim();

function unquote(quoted: string): string {
  const inner = quoted.slice(1, -1);
  return quoted.startsWith('"') ? inner.replace(/\\n/g, "\n").replace(/\\r/g, "\r") : inner;
}

function shown(all: readonly (string | number)[]): string {
  const rest = all.length - mostShown;
  return rest > 0 ? `${all.slice(0, mostShown).join(", ")} and ${rest} more` : all.join(", ");
}
