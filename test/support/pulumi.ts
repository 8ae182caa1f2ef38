import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { type InlineProgramArgs, LocalWorkspace, type PulumiFn, type Stack } from "@pulumi/pulumi/automation";
import { requirement } from "./requirements";

const plugins = ["postgresql", "random"] as const;

function findEngine(): string | undefined {
  try {
    execFileSync("pulumi", ["version"], { stdio: "pipe" });
  } catch {
    return "the pulumi command";
  }
  return missingPlugins(plugins);
}

export function missingPlugins(plugins: readonly string[]): string | undefined {
  const folder = path.join(process.env.PULUMI_HOME ?? path.join(os.homedir(), ".pulumi"), "plugins");
  const found = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
  const missing = plugins.filter((name) => !found.some((one) => one.startsWith(`resource-${name}-`)));
  return missing.length > 0 ? `Pulumi's plugins ${missing.join(", ")}` : undefined;
}

/** What is missing for tests on Pulumi's real engine; undefined where they can run. */
export const missingEngine = requirement("tests on Pulumi's engine", findEngine);

export interface PulumiProject {
  /** Another stack, or the same one by the same name, with this program. */
  stack(name: string, program: PulumiFn): Promise<Stack>;
  /** Environment of the engine. */
  environment: Record<string, string>;
  directory: string;
  dispose(): void;
}

/** A project whose state is in a temporary folder. */
export function createPulumiProject(): PulumiProject {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "leash-pulumi-"));
  const state = path.join(directory, "state");
  fs.mkdirSync(state);
  const environment = {
    PULUMI_BACKEND_URL: `file://${state}`,
    PULUMI_CONFIG_PASSPHRASE: "a passphrase of the tests",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
  return {
    directory,
    environment,
    stack: (stackName, program) =>
      inlineStack({ directory, environment }, { stackName, projectName: "leash-tests", program }),
    dispose: () => fs.rmSync(directory, { recursive: true, force: true }),
  };
}

/** A stack of a program that is no file. What the engine writes for it goes with the directory. */
export function inlineStack(
  { directory, environment }: Pick<PulumiProject, "directory" | "environment">,
  program: InlineProgramArgs,
): Promise<Stack> {
  const workDir = fs.mkdtempSync(path.join(directory, "work-"));
  return LocalWorkspace.createOrSelectStack(program, { workDir, envVars: environment });
}

/** The changes of a run, without what stayed the same. */
export function changes(summary: { resourceChanges?: Record<string, number | undefined> }): Record<string, number> {
  return Object.fromEntries(
    Object.entries(summary.resourceChanges ?? {}).filter((entry): entry is [string, number] => {
      return entry[0] !== "same" && (entry[1] ?? 0) > 0;
    }),
  );
}
