import fs from "node:fs";
import path from "node:path";
import { root } from "../../support/sandbox";
import type { Attempt } from "./attempt";

const file = path.join(root, "docs/security.md");
const begin =
  "<!-- Made by test/limits/bypass with LEASH_WRITE_DOCS=1; what stands between these two lines is replaced. -->";
const end = "<!-- End of what is made. -->";

type Results = ReadonlyMap<string, string>;

const row = ({ what, holds }: Attempt, results: Results, titles: readonly string[]) =>
  `| ${[what, ...titles.map((title) => results.get(title) ?? "not tried"), holds].join(" | ")} |`.replaceAll("\n", " ");

/** What differs from run to run: times and sizes. */
const withoutMeasures = (text: string) => text.replace(/ (after|at) \d+ (s|MB)\b/g, "");

/** The row of an attempt, as `readDocumentedRows` gives it. */
export function renderRow(attempt: Attempt, results: Results, titles: readonly string[]): string[] {
  return [withoutMeasures(row(attempt, results, titles))];
}

export function renderTables(
  subjects: readonly [string, readonly Attempt[]][],
  results: ReadonlyMap<Attempt, Results>,
  titles: readonly string[],
): string {
  const head = `| An app tries to … | embedded 18 | installed 15 | What holds it |\n|---|---|---|---|`;
  return subjects
    .map(([subject, attempts]) => {
      const rows = attempts.map((attempt) => row(attempt, results.get(attempt)!, titles));
      return `### ${subject}\n${head}\n${rows.join("\n")}`;
    })
    .join("\n\n");
}

/** The rows that stand in the docs, without what differs from run to run. */
export function readDocumentedRows(): string[] {
  const rows = split()
    .made.split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| An app"));
  return rows.map(withoutMeasures);
}

export function writeDocumentedTables(tables: string): void {
  const { before, after } = split();
  fs.writeFileSync(file, `${before}${begin}\n${tables}\n${end}${after}`);
}

function split(): { before: string; made: string; after: string } {
  const text = fs.readFileSync(file, "utf8");
  const [before, rest] = text.split(begin);
  const [made, after] = (rest ?? "").split(end);
  if (before === undefined || made === undefined || after === undefined) throw new Error(`${file} lacks its two lines`);
  return { before, made, after };
}
