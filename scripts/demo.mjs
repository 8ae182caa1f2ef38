// `npm run demo`: deploys an example app on the embedded PostgreSQL, starts it with `leash run`, lets it write a row, and
// shows that row in the database. Everything lives in a temporary folder and is removed at the end.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { root, run, setUp } from "./setup.mjs";

setUp();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "leash-demo-"));
fs.chmodSync(folder, 0o755); // started by root, PostgreSQL's own user passes through
const app = path.join(folder, "notes");
const cli = path.join(root, "bin/leash.js");
const env = { ...process.env, LEASH_HOME: path.join(folder, "home"), PORT: "0" };
const step = (words) => console.log(`\n$ ${words}`);
const leash = (...args) => run(process.execPath, [cli, ...args], { cwd: app, env });

let server;
process.on("exit", () => {
  server?.kill();
  spawnSync(process.execPath, [cli, "stop"], { env, stdio: "ignore" });
  fs.rmSync(folder, { recursive: true, force: true });
});
process.on("SIGINT", () => process.exit(130));

fs.cpSync(path.join(root, "examples/express-pg"), app, {
  recursive: true,
  filter: (file) => !file.includes("node_modules"),
});
step("npm ci   # an example app: Express and pg");
run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: app });

step("echo 1 | leash deploy");
run(process.execPath, [cli, "deploy"], { cwd: app, env, input: "1\n", stdio: ["pipe", "inherit", "inherit"] });

step("leash run -- node server.js");
server = spawn(process.execPath, [cli, "run", "--", "node", "server.js"], {
  cwd: app,
  env,
  stdio: ["ignore", "pipe", "inherit"],
});
const address = await new Promise((resolve, reject) => {
  server.on("exit", (code) => reject(new Error(`The app ended with ${code}.`)));
  createInterface({ input: server.stdout }).on("line", (line) => {
    console.log(line);
    const found = /listening on (\S+)/.exec(line);
    if (found) resolve(found[1]);
  });
});
server.removeAllListeners("exit");

step(`curl -X POST ${address}/notes`);
const answer = await fetch(`${address}/notes`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ body: "Hello from the app" }),
});
console.log(answer.status, await answer.text());
if (!answer.ok) process.exit(1);

step('echo "select * from notes;" | leash db shell   # the row that the app wrote');
run(process.execPath, [cli, "db", "shell"], {
  cwd: app,
  env,
  input: "select * from notes;\n",
  stdio: ["pipe", "inherit", "inherit"],
});

step("leash doctor");
leash("doctor");
const ended = once(server, "exit");
server.kill();
await ended;
console.log("\n✓ The app has its own PostgreSQL, and its row is there.");
process.exit(0);
