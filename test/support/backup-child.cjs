// Backs an app up, or restores one, in a process of its own that kills itself at a given step. Told by JSON on stdin.
const fs = require("node:fs");
const path = require("node:path");
const dist = path.join(__dirname, "../../dist/src");
const from = (name) => require(path.join(dist, name));

const told = JSON.parse(fs.readFileSync(0, "utf8"));
const { what, socketDirectory, password, folder, app, plan, credential, clientBin, killAt } = told;

let steps = 0;
function step() {
  steps += 1;
  if (steps === killAt.step) process.kill(process.pid, "SIGKILL");
}
if (killAt.kind === "files") {
  for (const name of [
    "openSync",
    "renameSync",
    "rmSync",
    "fsyncSync",
    "writeFileSync",
    "createReadStream",
    "mkdirSync",
  ]) {
    const original = fs[name];
    fs[name] = (...args) => {
      if (String(args[0]).startsWith(folder) || typeof args[0] === "number") step();
      return original.apply(fs, args);
    };
  }
} else {
  const { Client } = require("pg");
  const original = Client.prototype.query;
  Client.prototype.query = function query(...args) {
    step();
    return original.apply(this, args);
  };
}

async function main() {
  const { administratorServer } = from("platform/server");
  const { findClients } = from("backup/ground");
  const { createLocalStore } = from("backup/local-store");
  const { makeBackup } = from("backup/backup");
  const { restoreDatabase } = from("backup/restore");
  const { describeAppDatabase } = from("tenancy/describe");
  const ground = {
    server: administratorServer({ socketDirectory, password }),
    socketDirectory,
    store: createLocalStore(folder),
    clients: findClients({ LEASH_POSTGRES_CLIENT_BIN: clientBin }),
  };
  if (what === "backup") {
    await makeBackup(ground, { id: app, plan, name: "notes" });
  } else {
    const manifest = (await ground.store.list(app)).backups[0];
    const { file } = await ground.store.open(manifest);
    const { dump, evidence, databaseBytes, id } = manifest;
    await restoreDatabase(
      ground,
      { description: describeAppDatabase({ id: app, plan }), credential: { password: credential } },
      { file, dump, evidence, databaseBytes, foreignGrants: false },
      { sourceId: id },
    );
  }
  console.log(JSON.stringify({ steps }));
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
