import fs from "node:fs";
import path from "node:path";
import type { UrlForm } from "../../src/connection/url-form";
import { root } from "../support/sandbox";
import type { MatrixDriver } from "./drivers";
import { readPins } from "./manifest";

const resultsFile = path.join(root, "docs/drivers.md");

const begin = "<!-- Made by `npm run soak` (test/matrix); what stands between these two lines is replaced. -->";
const end = "<!-- End of what is made. -->";

export interface MatrixResult {
  connection: UrlForm | "bridge";
  works: boolean;
  /** Also without the `PG*` variables beside DATABASE_URL. */
  urlAlone: boolean;
  /** The server's major version. */
  postgres: number;
}

/** How each form looks; the first that matches is it. */
const shapes: [MatrixResult["connection"], RegExp][] = [
  ["environment", /^postgresql:\/\/\/\w+$/],
  ["query", /^postgresql:\/\/\/\w+\?host=\/.*&user=/],
  ["localhost", /^postgresql:\/\/\w+:\w+@localhost\/\w+\?host=\//],
  ["encoded", /^postgresql:\/\/\w+:\w+@%2F[^/]+\/\w+$/],
  ["hostless", /^postgresql:\/\/\w+:\w+@\/\w+\?host=\//],
  ["bridge", /^postgresql:\/\/\w+:\w+@127\.0\.0\.1:\d+\/\w+/],
];

/** Which form a DATABASE_URL has that an app was given. */
export function recognizeUrl(url: string): MatrixResult["connection"] {
  const shape = shapes.find(([, pattern]) => pattern.test(url));
  if (shape === undefined) throw new Error(`DATABASE_URL has no known form: ${url.replace(/\w{24,}/g, "***")}`);
  return shape[0];
}

const languageNames = { node: "Node.js", python: "Python", go: "Go" };

/** A row of the table, without the server's version at its end: that differs where another server is tested. */
export function renderDriver(
  driver: MatrixDriver,
  { connection, works, urlAlone }: Omit<MatrixResult, "postgres">,
): string {
  const pins = readPins(driver.app, driver.language);
  const versions = driver.packages.map((name) => `${name} ${pins.get(name) ?? "?"}`).join(", ");
  const cells = [
    driver.app,
    languageNames[driver.language],
    versions,
    connection,
    works ? "works" : "**fails**",
    urlAlone ? "enough" : "needs `PG*`",
  ];
  return `| ${cells.join(" | ")} |`;
}

export function renderResults(results: ReadonlyMap<MatrixDriver, MatrixResult>): string {
  const rows = [...results].map(([driver, result]) => `${renderDriver(driver, result)} ${result.postgres} |`);
  return [
    "| Driver | MatrixLanguage | Versions tried | `DATABASE_URL` | Result | URL alone | PostgreSQL |",
    "|---|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

/** The table as it stands in the docs. */
export function readDocumentedResults(): string {
  return splitDocument().table;
}

/** Puts the table into the docs; what stands around it is written by hand. */
export function writeDocumentedResults(table: string): void {
  const { before, after } = splitDocument();
  fs.writeFileSync(resultsFile, `${before}${begin}\n${table}\n${end}${after}`);
}

function splitDocument(): { before: string; table: string; after: string } {
  const text = fs.readFileSync(resultsFile, "utf8");
  const [before, rest] = text.split(begin);
  const [table, after] = (rest ?? "").split(end);
  if (before === undefined || table === undefined || after === undefined) {
    throw new Error(`${resultsFile} lacks the lines between which the table goes:\n${begin}\n${end}`);
  }
  return { before, table: table.trim(), after };
}
