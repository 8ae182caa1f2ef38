// `npm run images [-- --postgres-base <image>] [--bridge-base <image>] [--postgres-tag <tag>] [--bridge-tag <tag>]`: builds the images that
// LeashPostgres and attachDatabase run, with the docker of this machine.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { bundleBridge } from "./bundle.mjs";
import { root, run } from "./setup.mjs";

const option = (variable, otherwise) => ({ type: "string", default: process.env[variable] ?? otherwise });
const { values } = parseArgs({
  options: {
    "postgres-base": option("LEASH_POSTGRES_BASE", "postgres:18"),
    "postgres-tag": option("LEASH_POSTGRES_TAG", "leash-postgres:18"),
    "bridge-base": option("LEASH_BRIDGE_BASE", "node:22-slim"),
    "bridge-tag": option("LEASH_BRIDGE_TAG", "leash-bridge:1"),
    only: { type: "string" },
  },
});

for (const image of values.only ? [values.only] : ["postgres", "bridge"]) {
  const context = fs.mkdtempSync(path.join(os.tmpdir(), "leash-image-"));
  try {
    fs.cpSync(path.join(root, "images", image), context, { recursive: true });
    if (image === "bridge") await bundleBridge(path.join(context, "main.js"));
    const [base, tag] = [values[`${image}-base`], values[`${image}-tag`]];
    run("docker", ["build", "--build-arg", `BASE=${base}`, "--tag", tag, context]);
  } finally {
    fs.rmSync(context, { recursive: true, force: true });
  }
}
