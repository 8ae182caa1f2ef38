import fs from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import { LeashError } from "../src/errors";
import { decideAttachment, describeDetection, readVariables, say } from "./attachment";
import { renderServices } from "./services-file";

const launchProgram = path.join(__dirname, "../exec.d/leash-databases");

/** In the app's folder, where nothing of the app's own is. */
const ownFolder = ".leash-databases";
const addonsFile = path.join(ownFolder, "addons");

/** `bin/detect BUILD_DIR`: prints the buildpack's name where the app uses a database, or may use one. */
export function detectClassic([folder]: readonly string[]): number {
  const attachment = decideAttachment(buildFolder(folder), process.env);
  if ("reasons" in attachment) {
    console.error(attachment.reasons.join("\n"));
    return 1;
  }
  console.log("Leash Databases");
  return 0;
}

/**
 * `bin/compile BUILD_DIR CACHE_DIR ENV_DIR`: puts a program into `.profile.d` that gives the app its variables when it
 * starts. As one of several buildpacks it does nothing for an app that it does not concern.
 */
export function compileApp([folder, , variablesFolder]: readonly string[]): number {
  const root = buildFolder(folder);
  const variables = readVariables(variablesFolder);
  const attachment = decideAttachment(root, { ...process.env, ...variables });
  if ("reasons" in attachment) {
    say(...attachment.reasons);
    return 0;
  }
  const { detection } = attachment;
  say(...describeDetection(detection));
  const own = path.join(root, ownFolder);
  fs.rmSync(own, { recursive: true, force: true });
  fs.mkdirSync(path.join(own, "exec.d"), { recursive: true });
  fs.writeFileSync(path.join(own, "services"), renderServices(detection));
  fs.copyFileSync(launchProgram, path.join(own, "exec.d/leash-databases"));
  fs.chmodSync(path.join(own, "exec.d/leash-databases"), 0o755);
  fs.mkdirSync(path.join(root, ".profile.d"), { recursive: true });
  fs.writeFileSync(path.join(root, ".profile.d/leash-databases.sh"), profile);
  // Nothing is provisioned for what may be, nor beside a database that the app has.
  const wanted = detection.services.filter(({ verdict, reads }) => {
    return verdict === "uses" && !reads.some(({ name }) => variables[name]);
  });
  fs.writeFileSync(path.join(root, addonsFile), wanted.map(({ service }) => `leash-${service}\n`).join(""));
  return 0;
}

/** `bin/release BUILD_DIR`: the add-ons that the platform makes at the first deploy, as YAML. */
export function releaseApp([folder]: readonly string[]): number {
  const file = path.join(buildFolder(folder), addonsFile);
  const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  process.stdout.write(`---\n${stringify({ addons: text.split("\n").filter((line) => line !== "") })}`);
  return 0;
}

/** Sourced in the app's folder, whatever `.profile.d` stands in. */
const profile = `# Gives the app its database's variables from its service bindings.
if [ -x "\${HOME:-/app}/${ownFolder}/exec.d/leash-databases" ]; then
  eval "$("\${HOME:-/app}/${ownFolder}/exec.d/leash-databases" --shell)"
fi
`;

function buildFolder(folder: string | undefined): string {
  if (folder && fs.existsSync(folder)) return folder;
  throw new LeashError("buildpack/no-folder", `There is no folder ${JSON.stringify(folder ?? "")}.`, {
    hint: "The first argument is the folder that the app is built in.",
    exitCode: 2,
  });
}
