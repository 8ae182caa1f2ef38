import { type DotenvEntry, readDotenv } from "../documents/dotenv";
import { type Place, Source } from "../place";
import type { AppFiles } from "./config";

/** The entries of the first of these files that is there, by name; of several of one name the last counts. */
export function readFirstDotenv(
  { view, names, faults }: AppFiles,
  files: readonly string[],
): { entries: ReadonlyMap<string, DotenvEntry>; placeOf(entry: DotenvEntry): Place } | undefined {
  const file = files.find((name) => names.includes(name));
  if (file === undefined) return undefined;
  const source = faults.collect(() => new Source(file, view.readText(file)), undefined);
  if (source === undefined) return undefined;
  const entries = new Map(readDotenv(source).map((entry) => [entry.name, entry]));
  return { entries, placeOf: ({ line }) => ({ source, line }) };
}
