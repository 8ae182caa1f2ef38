import { randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createDirectory, readFileIfThere, writeFileAtomic } from "./files";
import { createHome, type Home } from "./home";

/** Where Pulumi keeps the stacks of apps. */
export interface PulumiBackend {
  /** This home's own, which nobody else knows. */
  own: boolean;
  /** What the engine must be told to find it. */
  environment: Record<string, string>;
}

/** The backend that the user works with, where there is one; else a folder of this home, encrypted with a passphrase in it. */
export function choosePulumiBackend(home: Home, environment: NodeJS.ProcessEnv = process.env): PulumiBackend {
  if (environment.PULUMI_BACKEND_URL || environment.PULUMI_ACCESS_TOKEN || isLoggedIn(environment)) {
    return { own: false, environment: {} };
  }
  createHome(home);
  const folder = pulumiFolder(home);
  const state = path.join(folder, "state");
  createDirectory(folder);
  createDirectory(state);
  const passphrase = path.join(folder, "passphrase");
  if (readFileIfThere(passphrase) === undefined) writeFileAtomic(passphrase, randomBytes(32).toString("hex"));
  return {
    own: true,
    environment: { PULUMI_BACKEND_URL: pathToFileURL(state).href, PULUMI_CONFIG_PASSPHRASE_FILE: passphrase },
  };
}

/** The project's folder of one app: its stack's configuration is there, for people to change. */
export function stackFolder(home: Home, id: string): string {
  const folder = path.join(pulumiFolder(home), "apps", id);
  createHome(home);
  createDirectory(folder);
  return folder;
}

export function stackConfigFile(home: Home, id: string): string {
  return path.join(pulumiFolder(home), "apps", id, `Pulumi.${id}.yaml`);
}

export function removeStackFolder(home: Home, id: string): void {
  fs.rmSync(path.join(pulumiFolder(home), "apps", id), { recursive: true, force: true });
}

const pulumiFolder = (home: Home) => path.join(home.root, "pulumi");

/** What `pulumi login` leaves behind. */
function isLoggedIn({ PULUMI_CREDENTIALS_PATH, PULUMI_HOME }: NodeJS.ProcessEnv): boolean {
  const folder = PULUMI_CREDENTIALS_PATH || PULUMI_HOME || path.join(os.homedir(), ".pulumi");
  try {
    const { current } = JSON.parse(readFileIfThere(path.join(folder, "credentials.json")) ?? "{}");
    return typeof current === "string" && current !== "";
  } catch {
    return false;
  }
}
