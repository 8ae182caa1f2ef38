// `npm run images [-- --only postgres|agent|backup|bridge] [--<image>-base <image>] [--<image>-tag <tag>]
// [--backup-node <image>]`: builds the images that LeashPostgres, LeashGuard, LeashBackup and attachDatabase run, with the
// docker of this machine.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { bundleAgent, bundleBridge, bundleS3 } from "./bundle.mjs";
import { root, run } from "./setup.mjs";

const option = (variable, otherwise) => ({ type: "string", default: process.env[variable] ?? otherwise });
const { values } = parseArgs({
  options: {
    "postgres-base": option("LEASH_POSTGRES_BASE", "postgres:18"),
    "postgres-tag": option("LEASH_POSTGRES_TAG", "leash-postgres:18"),
    "agent-base": option("LEASH_AGENT_BASE", "node:22-slim"),
    "agent-tag": option("LEASH_AGENT_TAG", "leash-agent:1"),
    // After the server's, whose image it is made from.
    "backup-base": option("LEASH_BACKUP_BASE"),
    "backup-node": option("LEASH_BACKUP_NODE", "node:22-slim"),
    "backup-tag": option("LEASH_BACKUP_TAG", "leash-backup:1"),
    "bridge-base": option("LEASH_BRIDGE_BASE", "node:22-slim"),
    "bridge-tag": option("LEASH_BRIDGE_TAG", "leash-bridge:1"),
    only: { type: "string" },
  },
});

for (const image of values.only ? [values.only] : ["postgres", "agent", "backup", "bridge"]) {
  const context = fs.mkdtempSync(path.join(os.tmpdir(), "leash-image-"));
  try {
    fs.cpSync(path.join(root, "images", image), context, { recursive: true });
    if (image === "agent") await bundleAgent(path.join(context, "main.js"));
    if (image === "backup") {
      await bundleAgent(path.join(context, "agent/main.js"));
      await bundleS3(path.join(context, "backup/s3.js"));
    }
    if (image === "bridge") await bundleBridge(path.join(context, "main.js"));
    const [base, tag] = [values[`${image}-base`] ?? values["postgres-tag"], values[`${image}-tag`]];
    const node = image === "backup" ? ["--build-arg", `NODE=${values["backup-node"]}`] : [];
    run("docker", ["build", "--build-arg", `BASE=${base}`, ...node, "--tag", tag, context]);
  } finally {
    fs.rmSync(context, { recursive: true, force: true });
  }
}
