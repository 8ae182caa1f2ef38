import type { Source } from "../place";

/** An option of an INI file. */
export interface IniOption {
  /** Lower case. */
  section: string;
  /** Lower case. */
  key: string;
  /** The value's lines, trimmed, without empty ones; each with its number (1-based). */
  lines: { text: string; line: number }[];
}

/** Reads INI as Python's `configparser` does: an indented line goes on with the value before it; comments are whole lines. */
export function iniOptions(source: Source): IniOption[] {
  const options: IniOption[] = [];
  let section = "";
  let open: IniOption | undefined;
  for (let line = 1; line <= source.lineCount; line++) {
    const raw = source.line(line);
    const text = raw.trim();
    if (text === "" || text.startsWith("#") || text.startsWith(";")) continue;
    if (/^\s/.test(raw) && open !== undefined) {
      open.lines.push({ text, line });
    } else if (text.startsWith("[") && text.includes("]")) {
      section = text.slice(1, text.indexOf("]")).trim().toLowerCase();
      open = undefined;
    } else {
      const at = text.search(/[=:]/);
      const value = at === -1 ? "" : text.slice(at + 1).trim();
      const key = (at === -1 ? text : text.slice(0, at)).trim().toLowerCase();
      open = { section, key, lines: value === "" ? [] : [{ text: value, line }] };
      options.push(open);
    }
  }
  return options;
}
