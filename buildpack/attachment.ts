import fs from "node:fs";
import path from "node:path";
import { detectApp } from "../src/detect/detect";
import { readDatabaseAnswer } from "../src/detect/opt-out";
import type { Detection } from "../src/detect/types";
import { openApp } from "../src/detect/workspace";
import { errorLines, LeashError } from "../src/errors";

/** Whether the buildpack has anything to do for an app, and what; else why not, as lines to show. */
export type Attachment = { detection: Detection } | { reasons: string[] };

/**
 * What the app's manifests say. A folder that can't be read as an app, or whose manifests are broken, is no fault of this
 * buildpack's: whichever builds the app tells better.
 */
export function decideAttachment(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Attachment {
  try {
    const view = openApp(folder);
    const answer = readDatabaseAnswer(view, environment);
    if (answer?.answer === "skip") return { reasons: [`${answer.from} says "skip".`] };
    const detection = detectApp(view, path.basename(folder));
    if (detection.services.length > 0) return { detection };
    return { reasons: ["The app's manifests name no database."] };
  } catch (error) {
    if (error instanceof LeashError) return { reasons: errorLines(error) };
    throw error;
  }
}

/** "PostgreSQL (pg): package.json:7 says driver pg", for every service. */
export function describeDetection({ services }: Detection): string[] {
  return services.map(({ service, verdict, drivers, evidence: [first] }) => {
    const verb = verdict === "uses" ? "uses" : "may use";
    return `The app ${verb} ${service} (${drivers.join(", ") || "by an example of its environment"}): ${first?.file}:${first?.line}.`;
  });
}

/** The platform's variables: files in a folder, each named as its variable. */
export function readVariables(folder: string | undefined): Record<string, string> {
  if (!folder || !fs.existsSync(folder)) return {};
  const files = fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => !entry.isDirectory());
  return Object.fromEntries(files.map(({ name }) => [name, fs.readFileSync(path.join(folder, name), "utf8")]));
}

export function say(...lines: readonly string[]): void {
  for (const line of lines) console.log(`leash: ${line}`);
}
