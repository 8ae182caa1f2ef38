import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa, execaSync } from "execa";
import { requirement } from "./requirements";
import { root } from "./sandbox";

/** Cloud Native Buildpacks' own programs, built from their Go modules once per machine. */
const tools = {
  lifecycle: {
    module: "github.com/buildpacks/lifecycle",
    version: "v0.21.0",
    packages: ["cmd/lifecycle", "cmd/launcher"],
  },
  pack: { module: "github.com/buildpacks/pack", version: "v0.40.6", packages: [""] },
} as const;

type Tool = keyof typeof tools;

function folderOf(tool: Tool): string {
  const cache = process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache");
  return path.join(cache, "leash-databases-tests", `${tool}-${tools[tool].version}`);
}

/** What is missing for tests with one of them; undefined where it is there or can be built. */
export const missingTool = (tool: Tool) =>
  requirement(`tests with the ${tool} of Cloud Native Buildpacks`, () => {
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
export async function buildTool(tool: Tool): Promise<string> {
  const folder = folderOf(tool);
  if (fs.existsSync(folder)) return folder;
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  const partial = fs.mkdtempSync(path.join(path.dirname(folder), "partial-"));
  try {
    const { module, version, packages } = tools[tool];
    fs.writeFileSync(path.join(partial, "go.mod"), `module build\n\ngo 1.24\n\nrequire ${module} ${version}\n`);
    const names = packages.map((name) => [module, name].filter((part) => part !== "").join("/"));
    const bin = path.join(partial, "bin");
    await execa("go", ["build", "-mod=mod", "-o", `${bin}/`, ...names], {
      cwd: partial,
      env: { CGO_ENABLED: "0" },
      timeout: 900_000,
    });
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

/** Nobody's: the lifecycle's programs must not run as root. */
const user = 65_534;

export interface Built {
  exitCode: number;
  output: string;
}

/** One app going through the real lifecycle, again and again. */
export interface LifecycleGround {
  directory: string;
  /** Detects and builds; as the platform does, it first restores what a launch layer leaves: its description. */
  build(app: Record<string, string>, options?: BuildOptions): Promise<Built>;
  /** Starts a command as the image would, with bindings and variables. */
  launch(options: LaunchOptions, ...command: string[]): Promise<{ exitCode: number; stdout: string; stderr: string }>;
  /** A file of the layers, or of what the lifecycle writes beside them. */
  read(name: string): string;
  exists(name: string): boolean;
  dispose(): void;
}

export interface BuildOptions {
  /** The platform's variables. */
  platform?: Record<string, string>;
  /** The PATH that buildpacks are run with. */
  searchPath?: string;
  /** Ids of the buildpacks in the group, ours by default. */
  group?: string[];
}

export interface LaunchOptions {
  bindings?: Record<string, Record<string, string>>;
  env?: Record<string, string>;
}

export async function createLifecycleGround(): Promise<LifecycleGround> {
  const programs = await buildTool("lifecycle");
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "leash-lifecycle-"));
  fs.chmodSync(directory, 0o755);
  const at = (...parts: string[]) => path.join(directory, ...parts);
  fs.mkdirSync(at("bin"));
  for (const name of ["detector", "builder"]) {
    fs.copyFileSync(path.join(programs, "lifecycle"), at("bin", name));
    fs.chmodSync(at("bin", name), 0o755);
  }
  fs.copyFileSync(path.join(programs, "launcher"), at("bin/launcher"));
  fs.chmodSync(at("bin/launcher"), 0o755);
  for (const [name, folder] of [
    ["leash_databases", "databases"],
    ["leash_app-database", "app-database"],
  ] as const) {
    fs.cpSync(path.join(root, "dist/buildpack", folder), at("buildpacks", name, version()), { recursive: true });
  }
  writeTestBuildpack(at("buildpacks/test_app/1.0.0"));

  const asNobody = (env: Record<string, string>, command: string, ...args: string[]) =>
    execa("/usr/bin/setpriv", [`--reuid=${user}`, `--regid=${user}`, "--clear-groups", command, ...args], {
      cwd: at("app"),
      env,
      extendEnv: false,
      reject: false,
      timeout: 60_000,
      all: true,
    });

  return {
    directory,
    async build(app, { platform = {}, searchPath = process.env.PATH ?? "", group } = {}) {
      for (const name of ["app", "platform"]) fs.rmSync(at(name), { recursive: true, force: true });
      for (const [name, text] of Object.entries(app)) writeFile(at("app", name), text);
      fs.mkdirSync(at("platform/env"), { recursive: true });
      for (const [name, text] of Object.entries(platform)) writeFile(at("platform/env", name), text);
      restoreLayers(at("layers"));
      fs.writeFileSync(at("order.toml"), orderOf(group ?? ["leash/databases", "test/app"]));
      await execa("chown", ["-R", `${user}:${user}`, at("app"), at("layers"), at("platform")]);
      const env = { CNB_PLATFORM_API: "0.14", PATH: searchPath, HOME: at("app") };
      const files = ["-layers", at("layers"), "-app", at("app"), "-platform", at("platform")];
      const found = [
        "-buildpacks",
        at("buildpacks"),
        "-group",
        at("layers/group.toml"),
        "-plan",
        at("layers/plan.toml"),
      ];
      const detected = await asNobody(env, at("bin/detector"), ...files, ...found, "-order", at("order.toml"));
      if (detected.exitCode !== 0) return { exitCode: detected.exitCode ?? 1, output: detected.all };
      const built = await asNobody(env, at("bin/builder"), ...files, ...found);
      return { exitCode: built.exitCode ?? 1, output: `${detected.all}\n${built.all}` };
    },
    async launch({ bindings = {}, env = {} }, ...command) {
      fs.rmSync(at("bindings"), { recursive: true, force: true });
      for (const [binding, entries] of Object.entries(bindings)) {
        for (const [name, text] of Object.entries(entries)) writeFile(at("bindings", binding, name), text);
      }
      const given = {
        ...{ CNB_PLATFORM_API: "0.14", CNB_LAYERS_DIR: at("layers"), CNB_APP_DIR: at("app"), PATH: "/usr/bin:/bin" },
        ...(fs.existsSync(at("bindings")) ? { SERVICE_BINDING_ROOT: at("bindings") } : {}),
        ...env,
      };
      const { exitCode, stdout, stderr } = await asNobody(given, at("bin/launcher"), "--", ...command);
      return { exitCode: exitCode ?? 1, stdout, stderr };
    },
    read: (name) => fs.readFileSync(at("layers", name), "utf8"),
    exists: (name) => fs.existsSync(at("layers", name)),
    dispose: () => fs.rmSync(directory, { recursive: true, force: true }),
  };
}

function version(): string {
  return (JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as { version: string }).version;
}

const orderOf = (ids: readonly string[]) =>
  `[[order]]\n${ids.map((id) => `[[order.group]]\nid = "${id}"\nversion = "${id.startsWith("leash/") ? version() : "1.0.0"}"\n`).join("")}`;

/** What builds the app: it takes every app, and says how it is started. */
export function writeTestBuildpack(folder: string): void {
  const toml = 'api = "0.10"\n[buildpack]\nid = "test/app"\nversion = "1.0.0"\n[[targets]]\nos = "linux"\n';
  writeFile(path.join(folder, "buildpack.toml"), toml);
  writeFile(path.join(folder, "bin/detect"), "#!/bin/sh\nexit 0\n", 0o755);
  const launch = `[[processes]]\ntype = "web"\ncommand = ["sh", "-c", 'echo "$DATABASE_URL|$PGHOST"']\ndefault = true\n`;
  writeFile(
    path.join(folder, "bin/build"),
    `#!/bin/sh\ncat > "$CNB_LAYERS_DIR/launch.toml" <<'end'\n${launch}end\n`,
    0o755,
  );
}

/** As `analyzer` and `restorer` leave a launch layer: its description without its types, and no files. */
function restoreLayers(layers: string): void {
  fs.mkdirSync(layers, { recursive: true });
  for (const buildpack of fs.readdirSync(layers, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    const folder = path.join(layers, buildpack.name);
    for (const name of fs.readdirSync(folder)) {
      const file = path.join(folder, name);
      if (!name.endsWith(".toml") || name === "launch.toml") fs.rmSync(file, { recursive: true });
      else fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace(/\[types\][^[]*/, ""));
    }
  }
}

function writeFile(file: string, text: string, mode = 0o644): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text, { mode });
}
