import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { root } from "../support/sandbox";
import type { MatrixLanguage } from "./drivers";

/** Installs are kept here between runs: git ignores it, and no other user writes to it. */
const cache = path.join(root, "node_modules/.cache/leash-tests");

/**
 * The folder that `build` filled once for these inputs; a second run with the same inputs finds it. It is renamed into
 * place when it is whole, so that two test files may build the same one at once.
 */
async function cached(name: string, inputs: string[], build: (folder: string) => Promise<void>): Promise<string> {
  const key = createHash("sha256").update(JSON.stringify(inputs)).digest("hex").slice(0, 16);
  const folder = path.join(cache, `${name}-${key}`);
  if (fs.existsSync(folder)) return folder;
  fs.mkdirSync(cache, { recursive: true });
  const partial = fs.mkdtempSync(path.join(cache, "partial-"));
  try {
    await build(partial);
    fs.renameSync(partial, folder);
  } catch (error) {
    if (!fs.existsSync(folder)) throw error;
  } finally {
    fs.rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}

/** Without the schema engine, which npm doesn't carry, `prisma generate` works all the same. */
const withoutSchemaEngine = { PRISMA_SCHEMA_ENGINE_BINARY: "/bin/true" };

export async function runTool(command: string, args: string[], cwd: string): Promise<void> {
  await execa(command, args, { cwd, env: withoutSchemaEngine, stdin: "ignore" });
}

/** Installs what a package.json (and its lock file, if there is one) names; returns the node_modules folder. */
export async function installNodePackages(manifest: string, lock?: string): Promise<string> {
  const folder = await cached("node", [process.version, manifest, lock ?? ""], async (partial) => {
    fs.writeFileSync(path.join(partial, "package.json"), manifest);
    if (lock !== undefined) fs.writeFileSync(path.join(partial, "package-lock.json"), lock);
    await runTool("npm", [lock === undefined ? "install" : "ci", "--no-audit", "--no-fund"], partial);
  });
  return path.join(folder, "node_modules");
}

/** Makes a virtual environment with these requirements; returns its interpreter. */
export async function installPythonPackages(requirements: string): Promise<string> {
  const folder = await cached("python", [toolVersion("python"), requirements], async (partial) => {
    const file = path.join(partial, "requirements.txt");
    fs.writeFileSync(file, requirements);
    await runTool("python3", ["-m", "venv", path.join(partial, "venv")], partial);
    await runTool(path.join(partial, "venv/bin/python"), ["-m", "pip", "install", "--quiet", "-r", file], partial);
  });
  return path.join(folder, "venv/bin/python");
}

/** Builds the program of a folder with go.mod and go.sum; returns the binary. */
export async function buildGoProgram(folder: string): Promise<string> {
  const sources = ["go.mod", "go.sum", "main.go"].map((file) => fs.readFileSync(path.join(folder, file), "utf8"));
  const built = await cached("go", [toolVersion("go"), ...sources], async (partial) => {
    await runTool("go", ["build", "-o", path.join(partial, "app"), "."], folder);
  });
  return path.join(built, "app");
}

/** What has to be there to install and run the programs of a language; the last words of the output are its version. */
const probes: Record<MatrixLanguage, { command: string; args: string[]; needs: string; accepts: RegExp }> = {
  node: { command: "npm", args: ["--version"], needs: "npm", accepts: /^\d+/ },
  python: {
    command: "python3",
    // Debian's python3 comes without ensurepip; then there is no virtual environment to be made.
    args: ["-c", "import ensurepip, sys; print(sys.version.split()[0])"],
    needs: "Python 3.10 or newer with venv",
    accepts: /^3\.[1-9]\d/,
  },
  // From 1.21 on Go fetches the release that a go.mod asks for.
  go: { command: "go", args: ["version"], needs: "Go 1.21 or newer", accepts: /go1\.(2[1-9]|[3-9]\d)/ },
};

function toolVersion(language: MatrixLanguage): string {
  const { command, args } = probes[language];
  const { stdout, status } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : "";
}

/** What a machine lacks to run the programs of a language, in words; undefined where nothing is missing. */
function findMissingTool(language: MatrixLanguage): string | undefined {
  const { accepts, needs } = probes[language];
  return accepts.test(toolVersion(language)) ? undefined : needs;
}

/** Says loudly what is not tested here, and why; returns whether it is to be skipped. */
export function skipLoudly(subject: string, language: MatrixLanguage): boolean {
  const missing = findMissingTool(language);
  if (missing !== undefined) console.warn(`SKIPPED ${subject}: this machine has no ${missing}.`);
  return missing !== undefined;
}
