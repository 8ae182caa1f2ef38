// `pulumi up` of apps by the component against a hand-written program that declares the same resources.
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import path from "node:path";

const require = createRequire(import.meta.url);

export const hasEngine = () => spawnSync("pulumi", ["version"]).status === 0;

/** Providers speak TCP alone. */
async function openDoor(socketPath) {
  const listener = net.createServer((client) => {
    const server = net.connect(socketPath);
    for (const socket of [client, server])
      socket.on("error", () => {}).on("close", () => [client, server].map((s) => s.destroy()));
    client.pipe(server).pipe(client);
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return listener;
}

/** By hand, as somebody who knows the provider would write it. */
function declareByHand(name, provider) {
  const postgresql = require("@pulumi/postgresql");
  const random = require("@pulumi/random");
  const pulumi = require("@pulumi/pulumi");
  const suffix = new random.RandomString(`${name}-id`, { length: 10, special: false, upper: false });
  const id = pulumi.interpolate`hand_${suffix.result}`;
  const password = new random.RandomPassword(`${name}-password`, { length: 48, special: false });
  new random.RandomBytes(`${name}-salt`, { length: 16 });
  const opts = (...dependsOn) => ({ provider, dependsOn });
  const owner = new postgresql.Role(`${name}-owner`, { name: pulumi.interpolate`${id}_owner`, inherit: false }, opts());
  const login = new postgresql.Role(
    `${name}-login`,
    {
      name: id,
      login: true,
      inherit: false,
      password: password.result,
      connectionLimit: 10,
      statementTimeout: 30_000,
      idleInTransactionSessionTimeout: 60_000,
      assumeRole: owner.name,
      roles: [owner.name],
    },
    opts(owner),
  );
  const plan = new postgresql.GrantRole(
    `${name}-plan`,
    { role: "leash_plan_free", grantRole: login.name },
    opts(login),
  );
  const database = new postgresql.Database(`${name}-database`, { name: id, template: "template0" }, opts(login, plan));
  let last = database;
  for (const [role, privileges] of [
    ["public", []],
    [login.name, ["CONNECT"]],
    [owner.name, ["CREATE", "TEMPORARY"]],
  ]) {
    const suffix = typeof role === "string" ? role : privileges[0];
    const grant = { database: database.name, objectType: "database", role, privileges };
    last = new postgresql.Grant(`${name}-grant-${suffix}`, grant, opts(last));
  }
}

/** Milliseconds of the first up, of one without a change, and of destroy. */
async function measure(folder, server, label, declare) {
  const { LocalWorkspace } = require("@pulumi/pulumi/automation");
  const { createServerProvider } = require("../dist/pulumi/index.js");
  const program = async () => declare(createServerProvider("server", server));
  const envVars = {
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: "bench",
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: label, projectName: "leash-bench", program },
    { workDir: fs.mkdtempSync(path.join(folder, "work-")), envVars },
  );
  const timed = async (work) => {
    const begin = performance.now();
    await work();
    return performance.now() - begin;
  };
  const up = await timed(() => stack.up());
  const again = await timed(() => stack.up());
  await stack.destroy();
  return { up, again };
}

/**
 * @param record the embedded server's
 * @param row `(what, [ms, floorMs], against, goal)`
 * @param counts how many apps, such as `[1, 10]`
 */
export async function benchPulumi(folder, record, row, counts) {
  const { LeashAppDatabase } = require("../dist/pulumi/index.js");
  const state = path.join(folder, "pulumi-state");
  fs.mkdirSync(state);
  const door = await openDoor(path.join(record.socketDirectory, ".s.PGSQL.5432"));
  const { port } = door.address();
  const server = { host: "127.0.0.1", port, username: "leash_admin", password: record.password, sslmode: "disable" };
  const names = (count) => Array.from({ length: count }, (_, i) => `app-${i}`);
  const byComponent = (count) => (provider) => {
    for (const name of names(count)) {
      new LeashAppDatabase(name, { appName: name, server, deletionProtection: false }, { providers: [provider] });
    }
  };
  const byHand = (count) => (provider) => names(count).map((name) => declareByHand(name, provider));
  const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
  try {
    for (const count of counts) {
      const rounds = count > 10 ? 1 : 3;
      const [ours, theirs] = [[], []];
      for (let round = 0; round < rounds; round++) {
        ours.push(await measure(state, server, `component-${count}`, byComponent(count)));
        theirs.push(await measure(state, server, `hand-${count}`, byHand(count)));
      }
      const apps = count === 1 ? "1 app" : `${count} apps`;
      const both = (key) => [ours, theirs].map((all) => median(all.map((one) => one[key])));
      row(`pulumi up, ${apps}`, both("up"), "the same by hand", 1.1);
      row(`pulumi up, ${apps}, no change`, both("again"), "the same by hand", 1.1);
    }
  } finally {
    door.close();
  }
}
