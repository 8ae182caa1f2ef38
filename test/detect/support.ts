import { basename } from "node:path";
import { detectApp } from "../../src/detect/detect";
import type { DetectedService, Detection, Service } from "../../src/detect/types";
import { openApp } from "../../src/detect/workspace";
import { LeashError } from "../../src/errors";
import { memoryView } from "../support/memory-view";

export function detect(files: Record<string, string | Buffer | null>, folderName = "folder"): Detection {
  return detectApp(memoryView(files), folderName);
}

/** An app's folder as it stands on the disk, which may be inside a workspace. */
export function detectFolder(folder: string): Detection {
  return detectApp(openApp(folder), basename(folder));
}

/** One service of an app, undefined when it is not used. */
export function serviceOf(files: Record<string, string>, service: Service = "postgresql"): DetectedService | undefined {
  return detect(files).services.find((found) => found.service === service);
}

/** The ids of the PostgreSQL drivers of an app. */
export function driversOf(files: Record<string, string>): string[] {
  return serviceOf(files)?.drivers ?? [];
}

export function packageJson(
  dependencies: Record<string, string>,
  more: Record<string, unknown> = {},
): { "package.json": string } {
  return { "package.json": JSON.stringify({ dependencies, ...more }, null, 2) };
}

/** The LeashError that is thrown; anything else, or nothing, fails the test. */
export function faultOf(run: () => unknown): LeashError {
  let result: unknown;
  try {
    result = run();
  } catch (error) {
    if (error instanceof LeashError) return error;
    throw error;
  }
  throw new Error(`no fault, but ${JSON.stringify(result)}`);
}
