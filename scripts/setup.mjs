// Installs the dependencies and builds the command line, each only when it is out of date. Uses nothing but Node.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "..");

/** As old as the last build. */
export const builtStamp = "node_modules/.cache/leash-built";

export function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

const modified = (file) => fs.statSync(path.join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;

function newest(directory) {
  const entries = fs.readdirSync(path.join(root, directory), { recursive: true });
  return Math.max(...entries.map((entry) => modified(path.join(directory, entry))));
}

export function setUp() {
  if (modified("node_modules/.package-lock.json") < modified("package-lock.json")) {
    console.error("Installing the dependencies…");
    run("npm", ["ci", "--no-audit", "--no-fund"]);
  }
  // The stamp is older than a source that was changed or checked out since.
  const sources = Math.max(
    newest("src"),
    newest("pulumi"),
    ...["tsconfig.json", "tsconfig.build.json", "scripts/build.mjs"].map(modified),
  );
  if (modified(builtStamp) < sources) {
    console.error("Building…");
    run(process.execPath, ["scripts/build.mjs"]);
  }
}
