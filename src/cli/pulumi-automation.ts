import fs from "node:fs";
import path from "node:path";
import { errorCode, errorMessage, LeashError } from "../errors";

/** The part of leash that drives Pulumi; a compiled file beside the command line's, loaded by those who need it. */
export type Automation = typeof import("../../pulumi/automation");

const packages = ["@pulumi/pulumi", "@pulumi/postgresql", "@pulumi/random"] as const;

/**
 * Checks that Pulumi is there, which leash doesn't bring along, and loads what drives it: a second and 100 MB.
 * @throws LeashError `pulumi/no-cli`, `pulumi/no-packages`
 */
export function loadAutomation(environment: NodeJS.ProcessEnv = process.env): Automation {
  assertCommand(environment);
  assertPackages();
  return require("../../pulumi/automation");
}

function assertCommand({ PATH = "" }: NodeJS.ProcessEnv): void {
  const isThere = PATH.split(path.delimiter).some((folder) => {
    try {
      fs.accessSync(path.join(folder, "pulumi"), fs.constants.X_OK);
      return folder !== "";
    } catch {
      return false;
    }
  });
  if (isThere) return;
  throw new LeashError("pulumi/no-cli", "There is no `pulumi` command on the PATH.", {
    hint: 'Install the Pulumi CLI ("Download & Install Pulumi" in its documentation), or deploy without --target pulumi.',
  });
}

function assertPackages(): void {
  const missing = packages.filter((name) => {
    try {
      require.resolve(`${name}/package.json`);
      return false;
    } catch (error) {
      return errorCode(error) === "MODULE_NOT_FOUND";
    }
  });
  if (missing.length === 0) return;
  throw new LeashError("pulumi/no-packages", "Pulumi's packages are not installed beside leash.", {
    details: missing,
    hint: `Install them: npm install ${packages.join(" ")}`,
  });
}

/** The command line is one file with a LeashError of its own, so that one from outside is known by its name. */
export function fromAutomation(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== "LeashError" || error instanceof LeashError) return error;
  const { hint, details, exitCode } = error as LeashError;
  return new LeashError(errorCode(error) ?? "pulumi/failed", errorMessage(error), {
    ...{ details, exitCode, cause: error },
    ...(hint === undefined ? {} : { hint }),
  });
}
