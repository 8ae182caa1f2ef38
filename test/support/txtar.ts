/** A folder in one text, as Go's tools write it: https://pkg.go.dev/golang.org/x/tools/txtar */
export interface Archive {
  /** What stands before the first file. */
  comment: string;
  /** Texts by path, with forward slashes. */
  files: Record<string, string>;
}

/** Reads `-- path --` headers, each with the file's lines below it; no text is a wrong one. */
export function parseTxtar(text: string): Archive {
  // With two groups of which one is kept, `split` gives the comment, then path and content in turns.
  const [comment = "", ...parts] = text.split(/^-- (\S.*?) --\r?\n/m);
  const files: Record<string, string> = {};
  for (let index = 0; index < parts.length; index += 2) files[parts[index]!] = parts[index + 1]!;
  return { comment, files };
}
