import fs from "node:fs";
import path from "node:path";
import type { Service, Verdict } from "../../../src/detect/types";
import { type Archive, parseTxtar } from "../../support/txtar";

/** What ought to be said of one service of an app. */
export interface Label {
  service: Service;
  /** More than one where each of them can be defended. */
  verdicts: readonly Verdict[];
  /** Names that must be among those that the connection is read from. */
  variables: string[];
  /** Ids that must be among the drivers. */
  drivers: string[];
}

/** An app folder, or one inside a workspace, and what a user would want to be told of it. */
export interface LabelledApp {
  /** "node/express-pg" */
  id: string;
  ecosystem: string;
  /** The folder that is given to detection, from the root of the files; "" is the root itself. */
  folder: string;
  /** Services that are not here ought not to be named. */
  labels: Label[];
  why: string;
  files: Archive["files"];
}

/**
 * Reads every `<ecosystem>/<name>.txtar` below the folder.
 *
 * @throws Error for a comment head that breaks the rules of ./README.md
 */
export function readLabelledApps(folder: string): LabelledApp[] {
  const ecosystems = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return ecosystems.flatMap(({ name: ecosystem }) => {
    const names = fs.readdirSync(path.join(folder, ecosystem)).sort();
    return names.map((name) => {
      const id = `${ecosystem}/${path.basename(name, ".txtar")}`;
      const text = fs.readFileSync(path.join(folder, ecosystem, name), "utf8");
      return { id, ecosystem, ...readApp(id, parseTxtar(text)) };
    });
  });
}

/** Writes the app's files below `root`, and returns the path of the folder that is given to detection. */
export function writeLabelledApp({ files, folder }: LabelledApp, root: string): string {
  for (const [file, text] of Object.entries(files)) {
    fs.mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), text);
  }
  return path.join(root, folder);
}

function readApp(id: string, { comment, files }: Archive): Omit<LabelledApp, "id" | "ecosystem"> {
  const labels: Label[] = [];
  let none = false;
  let folder = "";
  let why = "";
  const lines = comment.split("\n").filter((line) => line.trim() !== "");
  for (const line of lines) {
    const [, key, value = ""] = /^(\w+): (.+)$/.exec(line) ?? [];
    const label = labels.at(-1);
    if (key === "expect" && value === "none") none = true;
    else if (key === "expect") labels.push(readLabel(id, value));
    else if (key === "variables" && label) label.variables.push(...value.split(" "));
    else if (key === "driver" && label) label.drivers.push(...value.split(" "));
    else if (key === "app") folder = value;
    else if (key === "why") why = value;
    else throw new Error(`${id}: "${line}" is no line of a label.`);
  }
  if (none === labels.length > 0) throw new Error(`${id}: it takes services that are expected, or "expect: none".`);
  if (why === "") throw new Error(`${id}: it does not say why.`);
  const inside = Object.keys(files).some((file) => file.startsWith(folder === "" ? "" : `${folder}/`));
  if (!inside) throw new Error(`${id}: there are no files in its folder "${folder}".`);
  return { labels, folder, why, files };
}

function readLabel(id: string, value: string): Label {
  const [, service, verdicts] = /^(postgresql|mongodb|redis) ((?:uses|maybe)(?:\|maybe)?)$/.exec(value) ?? [];
  if (service === undefined || verdicts === undefined) throw new Error(`${id}: "${value}" can't be expected.`);
  return {
    service: service as Service,
    verdicts: verdicts.split("|") as Verdict[],
    variables: [],
    drivers: [],
  };
}
