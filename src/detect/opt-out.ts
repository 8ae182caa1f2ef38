import { LeashError } from "../errors";
import { parseJsonDocument } from "./documents/json";
import { brokenManifest } from "./faults";
import type { FileView } from "./file-view";
import { Source } from "./place";

const settingsFile = "leash.json";
const settingsVariable = "LEASH_DATABASE";

const answers = ["auto", "create", "skip"] as const;

/** What the app's team answered beforehand: `auto` leaves it to detection and to who is asked. */
export interface DatabaseAnswer {
  answer: (typeof answers)[number];
  /** Where it stands, as it is shown: `LEASH_DATABASE`, `leash.json`. */
  from: string;
}

/**
 * The answer that the environment (`LEASH_DATABASE=skip`) or else the app's own `leash.json` (`{ "database": "skip" }`)
 * gives; undefined where neither does.
 * @throws LeashError `settings/bad-answer`, or the fault of the file (`detect/broken-manifest`, …)
 */
export function readDatabaseAnswer(
  view: FileView,
  environment: Readonly<Record<string, string | undefined>>,
): DatabaseAnswer | undefined {
  const said = environment[settingsVariable];
  if (said !== undefined && said !== "") return answerOf(said, settingsVariable);
  if (view.kindOf(settingsFile) === undefined) return undefined;
  const source = new Source(settingsFile, view.readText(settingsFile));
  const { root } = parseJsonDocument(source);
  const unknown = [...root].filter(([key]) => key !== "database" && key !== "$schema");
  if (unknown.length > 0) {
    const [first] = unknown;
    const names = unknown.map(([key]) => JSON.stringify(key)).join(", ");
    const at = { file: settingsFile, ...source.position(first![1].offset) };
    throw brokenManifest(at, `it holds ${names}.`, 'The one setting is "database".');
  }
  const value = root.get("database")?.value;
  return value === undefined ? undefined : answerOf(value, settingsFile);
}

function answerOf(value: unknown, from: string): DatabaseAnswer {
  const answer = answers.find((one) => one === value);
  if (answer !== undefined) return { answer, from };
  const shown = typeof value === "string" ? JSON.stringify(value.slice(0, 40)) : `a ${typeof value}`;
  throw new LeashError("settings/bad-answer", `${from} says ${shown} for the database.`, {
    hint: `It is one of ${answers.join(", ")}.`,
    exitCode: 2,
  });
}
