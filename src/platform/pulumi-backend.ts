import { randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createDirectory, readFileIfThere, writeFileAtomic } from "../files";
import { createHome, type Home } from "./home";

/** Where Pulumi keeps the stacks of apps. */
export interface PulumiBackend {
  /** This home's own, which nobody else knows. */
  own: boolean;
  /** What finds it again: its URL, or `own`. */
  name: string;
  /** What the engine must be told to find it. */
  environment: Record<string, string>;
}

/**
 * The backend that the user works with, where there is one; else a folder of this home, encrypted with a passphrase in it.
 * @param known the one that has the app's stack already: it stays there, whoever logs in or out
 */
export function choosePulumiBackend(home: Home, known: string | undefined): PulumiBackend {
  const name = known ?? currentBackend(process.env) ?? "own";
  if (name !== "own") return { own: false, name, environment: { PULUMI_BACKEND_URL: name } };
  createHome(home);
  const folder = pulumiFolder(home);
  const state = path.join(folder, "state");
  createDirectory(folder);
  createDirectory(state);
  const passphrase = path.join(folder, "passphrase");
  if (readFileIfThere(passphrase) === undefined) writeFileAtomic(passphrase, randomBytes(32).toString("hex"));
  const url = pathToFileURL(state);
  // The attributes beside each file are not written in one go: an engine killed meanwhile could not read its state again.
  url.searchParams.set("metadata", "skip");
  return {
    ...{ own: true, name },
    environment: { PULUMI_BACKEND_URL: url.href, PULUMI_CONFIG_PASSPHRASE_FILE: passphrase },
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

/** What the environment says, else what `pulumi login` left behind. */
function currentBackend(environment: NodeJS.ProcessEnv): string | undefined {
  const { PULUMI_BACKEND_URL, PULUMI_ACCESS_TOKEN, PULUMI_CREDENTIALS_PATH, PULUMI_HOME } = environment;
  if (PULUMI_BACKEND_URL) return PULUMI_BACKEND_URL;
  const folder = PULUMI_CREDENTIALS_PATH || PULUMI_HOME || path.join(os.homedir(), ".pulumi");
  try {
    const { current } = JSON.parse(readFileIfThere(path.join(folder, "credentials.json")) ?? "{}");
    if (typeof current === "string" && current !== "") return current;
  } catch {
    // Not what the engine wrote: it says so itself.
  }
  return PULUMI_ACCESS_TOKEN ? "https://api.pulumi.com" : undefined;
}
