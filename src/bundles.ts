import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

/**
 * Loads a part of leash that is in a file of its own, because of the libraries in it. Undefined where there is no such file.
 * @param part its path in the package's `dist`, such as `backup/s3.js`; in a container's image it lies beside the program
 */
export function loadBundle<T>(part: string): T | undefined {
  const candidates = [path.join(__dirname, path.basename(part))];
  for (let folder = __dirname; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    candidates.push(path.join(folder, "dist", part));
  }
  const found = candidates.find((file) => fs.existsSync(file));
  return found === undefined ? undefined : (createRequire(__filename)(found) as T);
}
