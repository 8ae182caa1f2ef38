import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { parse, stringify } from "smol-toml";
import { LeashError } from "../src/errors";
import { decideAttachment, readVariables, say } from "./attachment";
import { renderServices } from "./services-file";

const layerName = "service-bindings";
const launchProgram = path.join(__dirname, "../exec.d/leash-databases");

/**
 * `bin/build` of a Cloud Native Buildpack: one layer for launch alone, with the program that reads the bindings and what
 * the app uses; no value of any variable. The layer of the last build is used again where it would be the same.
 * @throws LeashError `buildpack/no-layers`
 */
export function buildLayers(args: readonly string[]): number {
  const layers = process.env.CNB_LAYERS_DIR ?? args[0];
  const platform = process.env.CNB_PLATFORM_DIR ?? args[1];
  if (!layers) {
    throw new LeashError("buildpack/no-layers", "Nobody said where the layers go.", {
      hint: "bin/build is run by the lifecycle of Cloud Native Buildpacks, with CNB_LAYERS_DIR.",
    });
  }
  const variables = readVariables(platform && path.join(platform, "env"));
  const attachment = decideAttachment(process.cwd(), { ...variables, ...process.env });
  if ("reasons" in attachment) {
    // Another buildpack's build may have changed what the app says since it was looked at.
    say(...attachment.reasons);
    return 0;
  }
  const { detection } = attachment;
  const services = renderServices(detection);
  const program = fs.readFileSync(launchProgram);
  const fingerprint = createHash("sha256").update(services).update("\0").update(program).digest("hex");

  const folder = path.join(layers, layerName);
  const reused = readFingerprint(`${folder}.toml`) === fingerprint;
  const metadata = { types: { launch: true, build: false, cache: false }, metadata: { fingerprint } };
  fs.writeFileSync(`${folder}.toml`, `${stringify(metadata)}\n`);
  if (reused) {
    say("Takes the layer of the last build.");
  } else {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(path.join(folder, "exec.d"), { recursive: true });
    fs.writeFileSync(path.join(folder, "services"), services);
    fs.writeFileSync(path.join(folder, "exec.d/leash-databases"), program, { mode: 0o755 });
  }
  const labels = detection.services.map(({ service, verdict, drivers }) => {
    return { key: `com.leash-databases.${service}`, value: [verdict, ...drivers].join(" ") };
  });
  fs.writeFileSync(path.join(layers, "launch.toml"), `${stringify({ labels })}\n`);
  for (const { service, reads } of detection.services) {
    const names = reads.filter(({ part }) => part === "url").map(({ name }) => name);
    say(`At launch ${names.join(", ")} comes from a service binding of type ${service}, unless it is set.`);
  }
  return 0;
}

/** Of the layer that the last build made, where its description was restored. */
function readFingerprint(file: string): unknown {
  if (!fs.existsSync(file)) return undefined;
  try {
    const { metadata } = parse(fs.readFileSync(file, "utf8")) as { metadata?: { fingerprint?: unknown } };
    return metadata?.fingerprint;
  } catch {
    // Not as this wrote it: it is made anew.
    return undefined;
  }
}
