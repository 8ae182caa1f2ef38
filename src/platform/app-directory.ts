import fs from "node:fs";
import path from "node:path";
import { errorCode, LeashError } from "../errors";
import { describeFileError } from "../files";

/**
 * The real path of an app's folder.
 * @throws LeashError `app/no-folder`, `state/not-writable`
 */
export function resolveAppDirectory(directory: string): string {
  let cause: unknown;
  try {
    const real = fs.realpathSync(directory);
    if (fs.statSync(real).isDirectory()) return real;
  } catch (error) {
    const isMissing = ["ENOENT", "ENOTDIR", "ELOOP"].includes(errorCode(error) ?? "");
    if (!isMissing) throw describeFileError(error, directory);
    cause = error;
  }
  const isLoop = errorCode(cause) === "ELOOP";
  const shown = path.resolve(directory);
  throw new LeashError("app/no-folder", isLoop ? `${shown} is a loop of links.` : `There is no folder ${shown}.`, {
    hint: "Name the app's folder, or run leash in it.",
    exitCode: 2,
    cause,
  });
}
