// `npm run images [-- --only postgres|agent|bridge] [--<image>-base <image>] [--<image>-tag <tag>]`: builds the images that
// LeashPostgres, LeashGuard and attachDatabase run, with the docker of this machine.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { bundleAgent, bundleBridge } from "./bundle.mjs";
import { root, run } from "./setup.mjs";

const option = (variable, otherwise) => ({ type: "string", default: process.env[variable] ?? otherwise });
const { values } = parseArgs({
  options: {
    "postgres-base": option("LEASH_POSTGRES_BASE", "postgres:18"),
    "postgres-tag": option("LEASH_POSTGRES_TAG", "leash-postgres:18"),
    "agent-base": option("LEASH_AGENT_BASE", "node:22-slim"),
    "agent-tag": option("LEASH_AGENT_TAG", "leash-agent:1"),
    "bridge-base": option("LEASH_BRIDGE_BASE", "node:22-slim"),
    "bridge-tag": option("LEASH_BRIDGE_TAG", "leash-bridge:1"),
    only: { type: "string" },
  },
});

for (const image of values.only ? [values.only] : ["postgres", "agent", "bridge"]) {
  const context = fs.mkdtempSync(path.join(os.tmpdir(), "leash-image-"));
  try {
    fs.cpSync(path.join(root, "images", image), context, { recursive: true });
    if (image === "agent") await bundleAgent(path.join(context, "main.js"));
    if (image === "bridge") await bundleBridge(path.join(context, "main.js"));
    const [base, tag] = [values[`${image}-base`], values[`${image}-tag`]];
    run("docker", ["build", "--build-arg", `BASE=${base}`, "--tag", tag, context]);
  } finally {
    fs.rmSync(context, { recursive: true, force: true });
  }
}
