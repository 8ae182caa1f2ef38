import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { buildTool } from "./go-tools";
import { root } from "./sandbox";

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
