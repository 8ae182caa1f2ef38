import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { root } from "../support/sandbox";

export interface CommandResult {
  exitCode: number;
  /** Both streams. */
  output: string;
}

/** The repository as a fresh clone has it after `npm ci`, for the `pulumi` command. */
export interface ProgramGround {
  directory: string;
  environment: Record<string, string>;
  pulumi(...args: string[]): Promise<CommandResult>;
  /** Makes a stack with this configuration, or gives it another one; secrets are given on standard input. */
  configure(stack: string, settings: Record<string, string>, secrets?: Record<string, string>): Promise<void>;
  outputs<T>(stack: string): Promise<T>;
  /** Makes an app's folder; its path from the project's. */
  app(name: string, files: Record<string, string>): string;
  dispose(): void;
}

/** What the project is made of; the rest of the repository is no part of it. */
const parts = ["Pulumi.yaml", "package.json", "tsconfig.json", "pulumi", "src", "examples", "node_modules"];

export function createProgramGround(): ProgramGround {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "leash-program-")));
  const project = path.join(directory, "clone");
  const state = path.join(directory, "state");
  for (const folder of [project, state]) fs.mkdirSync(folder);
  // By links, so that the engine writes a stack's settings here and not into the repository.
  for (const part of parts) fs.symlinkSync(path.join(root, part), path.join(project, part));
  const environment = {
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: "a passphrase of the tests",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    NO_COLOR: "1",
  };
  const run = async (args: string[], input?: string): Promise<CommandResult> => {
    const options = { env: environment, cwd: project, all: true, reject: false } as const;
    const { exitCode, all } = await execa("pulumi", [...args, "--non-interactive"], {
      ...options,
      ...(input === undefined ? { stdin: "ignore" as const } : { input }),
    });
    return { exitCode: exitCode ?? -1, output: all };
  };
  return {
    directory,
    environment,
    pulumi: (...args) => run(args),
    async configure(stack, settings, secrets = {}) {
      const file = path.join(project, `Pulumi.${stack}.yaml`);
      if (!fs.existsSync(file)) {
        const { exitCode, output } = await run(["stack", "init", stack, "--no-select"]);
        if (exitCode !== 0) throw new Error(output);
      }
      const salt = fs.readFileSync(file, "utf8").match(/^encryptionsalt: .*$/m)![0];
      const lines = Object.entries(settings).map(([name, value]) => `  ${name}: ${JSON.stringify(value)}\n`);
      fs.writeFileSync(file, `${salt}\n${lines.length > 0 ? `config:\n${lines.join("")}` : ""}`);
      for (const [name, value] of Object.entries(secrets)) {
        const { exitCode, output } = await run(["config", "set", "--secret", name, "-s", stack], value);
        if (exitCode !== 0) throw new Error(output);
      }
    },
    async outputs<T>(stack: string) {
      const { output } = await run(["stack", "output", "--json", "--show-secrets", "-s", stack]);
      return JSON.parse(output) as T;
    },
    app(name, files) {
      const folder = path.join(directory, name);
      fs.mkdirSync(folder);
      for (const [file, text] of Object.entries(files)) fs.writeFileSync(path.join(folder, file), text);
      return path.join("..", name);
    },
    dispose: () => fs.rmSync(directory, { recursive: true, force: true }),
  };
}
