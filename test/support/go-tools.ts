import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa, execaSync } from "execa";
import { requirement } from "./requirements";

interface Tool {
  /** What it is, for who reads that its tests are skipped. */
  title: string;
  module: string;
  version: string;
  /** Folders of its programs in the module; "" is the module's own. */
  packages: readonly string[];
  /** Files that its own build would have made, beside what the module holds. */
  generated?: Readonly<Record<string, string>>;
}

/** Programs that are built from their Go modules once per machine. */
const tools = {
  lifecycle: {
    title: "the lifecycle of Cloud Native Buildpacks",
    module: "github.com/buildpacks/lifecycle",
    version: "v0.21.0",
    packages: ["cmd/lifecycle", "cmd/launcher"],
  },
  pack: {
    title: "the pack of Cloud Native Buildpacks",
    module: "github.com/buildpacks/pack",
    version: "v0.40.6",
    packages: [""],
  },
  /** A server of MongoDB's protocol on SQLite; the last version that needs no extension of PostgreSQL. */
  ferretdb: {
    title: "FerretDB, which speaks MongoDB's protocol",
    module: "github.com/FerretDB/FerretDB",
    version: "v1.24.2",
    packages: ["cmd/ferretdb"],
    generated: { "build/version/version.txt": "v1.24.2\n" },
  },
} as const satisfies Record<string, Tool>;

type ToolName = keyof typeof tools;

function folderOf(tool: ToolName): string {
  const cache = process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache");
  return path.join(cache, "leash-databases-tests", `${tool}-${tools[tool].version}`);
}

/** What is missing for tests with one of them; undefined where it is there or can be built. */
export const missingTool = (tool: ToolName) =>
  requirement(`tests with ${tools[tool].title}`, () => {
    if (fs.existsSync(folderOf(tool))) return undefined;
    if (execaSync("go", ["version"], { reject: false }).exitCode !== 0) return "Go, to build it";
    const { module, version } = tools[tool];
    const got = execaSync("go", ["list", "-m", `${module}@${version}`], {
      reject: false,
      cwd: os.tmpdir(),
      timeout: 60_000,
    });
    return got.exitCode === 0 ? undefined : `the Go module ${module}`;
  });

/** The folder of its programs; builds them where they aren't there yet, which takes minutes. */
export async function buildTool(tool: ToolName): Promise<string> {
  const folder = folderOf(tool);
  if (fs.existsSync(folder)) return folder;
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  const partial = fs.mkdtempSync(path.join(path.dirname(folder), "partial-"));
  try {
    const { module, version, packages, generated = {} }: Tool = tools[tool];
    fs.writeFileSync(path.join(partial, "go.mod"), `module build\n\ngo 1.24\n\nrequire ${module} ${version}\n`);
    const names = packages.map((name) => [module, name].filter((part) => part !== "").join("/"));
    const bin = path.join(partial, "bin");
    const go = (...args: string[]) => execa("go", args, { cwd: partial, env: { CGO_ENABLED: "0" }, timeout: 900_000 });
    if (Object.keys(generated).length > 0) {
      const { stdout } = await go("mod", "download", "-json", `${module}@${version}`);
      const copy = path.join(partial, "module");
      fs.cpSync((JSON.parse(stdout) as { Dir: string }).Dir, copy, { recursive: true });
      await execa("chmod", ["-R", "u+w", copy]);
      for (const [name, text] of Object.entries(generated)) fs.writeFileSync(path.join(copy, name), text);
      await go("mod", "edit", `-replace=${module}=./module`);
    }
    await go("build", "-mod=mod", "-o", `${bin}/`, ...names);
    fs.chmodSync(bin, 0o755);
    fs.renameSync(bin, folder);
  } catch (error) {
    // Somebody else's build of the same was there first.
    if (!fs.existsSync(folder)) throw error;
  } finally {
    fs.rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}
