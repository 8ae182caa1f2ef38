import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { docker, leftovers, missingDocker } from "../support/docker";
import { fillTable, until } from "../support/guard";
import { changes } from "../support/pulumi";
import {
  type AttachedApp,
  createDockerGround,
  type DockerGround,
  inContainer,
  killAsTheKernelDoes,
  type MadeServer,
  makeTable,
  queryIn,
  untilHealthy,
} from "./docker-ground";
import { refusedData } from "./docker-image";

// pg8000 is known to have no socket support; what talks through its bridge is pg all the same.
const apps = { notes: "pg", shop: "pg", ledger: "pg8000" };
const names = ["notes", "shop", "ledger"] as const;

describe.skipIf(missingDocker)("LeashPostgres with apps in Docker", () => {
  let ground: DockerGround;
  let outputs: Record<string, { value: unknown }>;
  const app = (name: (typeof names)[number]) => outputs[name]!.value as AttachedApp;
  const server = () => outputs.server!.value as MadeServer;
  const up = async (args: Parameters<DockerGround["stack"]>[1]["server"] = {}) => {
    const result = await (await ground.stack("main", { server: args, apps })).up();
    ({ outputs } = result);
    return changes(result.summary);
  };
  const rows = async () =>
    Promise.all(names.map((name) => queryIn(app(name).container, "select body from rows order by body")));
  const address = async (container: string) =>
    (await docker("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", container)).trim();

  beforeAll(async () => {
    ground = await createDockerGround();
    await up();
    for (const name of names) await makeTable(app(name).container, "create table rows as select 42 as body");
  }, 600_000);
  afterAll(() => ground?.dispose(), 120_000);

  it("gives each app its database, and then finds nothing to change, refreshed or not", async () => {
    for (const name of names) {
      const { container, id } = app(name);
      expect(await queryIn(container, "select body, current_database() as here from rows")).toBe(
        `[{"body":42,"here":"${id}"}]`,
      );
    }
    const stack = await ground.stack("main", { server: {}, apps });
    expect(changes((await stack.up()).summary)).toEqual({});
    expect(changes((await stack.refresh()).summary)).toEqual({});
    expect(changes((await stack.up({ refresh: true })).summary)).toEqual({});
  });

  it("holds the server in: no privileges, no memory and no processes beyond its own, a port on 127.0.0.1", async () => {
    const [inspected] = JSON.parse(await docker("inspect", server().container)) as [
      { Config: { User: string }; HostConfig: Record<string, unknown> },
    ];
    expect(inspected.Config.User).toBe("postgres");
    expect(inspected.HostConfig).toMatchObject({
      ...{ Privileged: false, CapAdd: null, CapDrop: ["ALL"], SecurityOpt: ["no-new-privileges"] },
      ...{ Memory: 512 * 1024 * 1024, MemorySwap: 512 * 1024 * 1024 },
      PortBindings: { "5432/tcp": [{ HostIp: "127.0.0.1", HostPort: String(ground.port) }] },
    });
    const status = await docker("exec", server().container, "cat", "/proc/1/status");
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
    const limits = await docker("exec", server().container, "cat", "/proc/1/limits");
    expect(limits).toMatch(/^Max processes +2048 +2048 /m);
  });

  it("shows no password of the administrator's to who asks Docker, reads the state or the log", async () => {
    const { container, password } = server();
    expect(password).toMatch(/^\w{48}$/);
    const folder = ground.project.directory;
    const state = fs
      .readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((file) => path.join(folder, file))
      .filter((file) => fs.statSync(file).isFile())
      .map((file) => fs.readFileSync(file, "utf8"));
    expect(state.some((text) => text.includes("RandomPassword"))).toBe(true);
    const told = await Promise.all([docker("inspect", container), docker("logs", container), docker("top", container)]);
    const secrets = [password, ...names.map((name) => app(name).password)];
    for (const text of [...told, ...state]) for (const secret of secrets) expect(text.includes(secret)).toBe(false);
  });

  it("is out of reach of other networks, and lets nobody but the administrator in on its own", async () => {
    const host = await address(server().container);
    const tcp = async (network: string, user: string, password: string, database: string) => {
      const login = `{ host: "${host}", user: "${user}", password: "${password}", database: "${database}", connectionTimeoutMillis: 4000 }`;
      const idle = ["node", "-e", "setTimeout(() => {}, 60000)"];
      const [name, image] = [`${ground.prefix}-probe`, ground.images.app];
      await docker("run", "-d", "--rm", "--init", "--name", name, "--network", network, image, ...idle);
      const answer = await queryIn(name, "select current_user as who", login);
      await docker("rm", "--force", name);
      return answer;
    };
    const { network, password } = server();
    const notes = app("notes");
    expect(await tcp("bridge", "leash_admin", password, "postgres")).toMatch(/timeout|TIMEDOUT|UNREACH/);
    expect(await tcp(network, "leash_admin", password, "postgres")).toBe('[{"who":"leash_admin"}]');
    expect(await tcp(network, "leash_admin", "wrong", "postgres")).toBe("failed: 28P01");
    expect(await tcp(network, notes.id, notes.password, notes.id)).toBe("failed: 28000");
    expect(await tcp(network, notes.id, notes.password, "postgres")).toBe("failed: 28000");
  });

  it("leaves an app's container no way to the administrator's port, neither the published one nor the server's", async () => {
    const { container } = app("shop");
    const own = await address(container);
    const machine = await docker("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}", container);
    const ways = { "127.0.0.1": ground.port, [machine.trim()]: ground.port, [await address(server().container)]: 5432 };
    expect(own).toMatch(/^\d+\./);
    for (const [host, port] of Object.entries(ways)) {
      const connect = `await new Promise((yes, no) => net.connect({ host: "${host}", port: ${port}, timeout: 3000 })
        .on("connect", yes).on("error", no).on("timeout", () => no(new Error("timeout")))); console.log("reached"); process.exit();`;
      expect(await inContainer(container, connect), host).toMatch(
        /^failed: (?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|timeout)/,
      );
    }
  });

  it("gives a neighbour nothing", async () => {
    const { container, id, password } = app("shop");
    const notes = app("notes");
    const login = (user: string, password: string, database: string) =>
      queryIn(
        container,
        "select 1",
        `{ host: "/run/leash", user: "${user}", password: "${password}", database: "${database}" }`,
      );
    expect(await login(id, password, id)).toBe('[{"?column?":1}]');
    expect(await login(notes.id, password, notes.id)).toBe("failed: 28P01");
    for (const database of [notes.id, "postgres", "template1"]) {
      expect(await login(id, password, database)).toBe("failed: 28000");
    }
    expect(await login("leash_admin", password, "postgres")).toBe("failed: 28P01");
  });

  it("keeps root in an app's container from touching the socket, and shows it nothing else", async () => {
    const { container } = app("shop");
    const tries = {
      unlink: "fs.unlinkSync(socket)",
      rename: "fs.renameSync(socket, socket + '.old')",
      chmod: "fs.chmodSync(socket, 0)",
      write: "fs.writeFileSync('/run/leash/other', '')",
      bind: "await new Promise((yes, no) => net.createServer().on('error', no).listen('/run/leash/other', yes))",
    };
    for (const [what, code] of Object.entries(tries)) {
      const answer = await inContainer(
        container,
        `const socket = "/run/leash/.s.PGSQL.5432"; ${code}; console.log("done");`,
      );
      expect(answer, what).toBe("failed: EROFS");
    }
    expect(await inContainer(container, "console.log(process.getuid())")).toBe("0");
    expect(await inContainer(container, "console.log(fs.readdirSync('/run/leash').join())")).toBe(
      ".s.PGSQL.5432,.s.PGSQL.5432.lock,pool",
    );
    expect(await inContainer(container, "fs.readdirSync('/var/lib/postgresql')")).toBe("failed: ENOENT");
  });

  it("brings a driver without sockets through a bridge that its neighbours can't reach and that outlives restarts", async () => {
    const { container, bridge, id } = app("ledger");
    const host = await inContainer(container, "console.log(new URL(process.env.DATABASE_URL).hostname)");
    expect(host).toMatch(/^leash-[a-z0-9]{20}$/);
    expect(await inContainer(container, "console.log(process.env.PGHOST, fs.existsSync('/run/leash'))")).toBe(
      `${host} false`,
    );
    const reach = (to: string) =>
      `await new Promise((yes, no) => net.connect({ host: "${to}", port: 15432, timeout: 3000 })
        .on("connect", yes).on("error", no).on("timeout", () => no(new Error("timeout")))); console.log("reached"); process.exit();`;
    const at = await address(bridge!);
    expect(await inContainer(container, reach(at))).toBe("reached");
    expect(await inContainer(app("shop").container, reach(at))).toMatch(/^failed/);
    const other = `{ host: "${host}", port: 15432, user: "${app("shop").id}", password: "${app("shop").password}" }`;
    expect(await queryIn(container, "select 1", other)).toBe("failed: 28000");

    for (const one of [container, bridge!]) {
      await docker("restart", "--time", "2", one);
      await expect
        .poll(() => queryIn(container, "select current_database() as here"), { timeout: 15_000 })
        .toBe(`[{"here":"${id}"}]`);
    }
  });

  it("lets a statement that wants all memory fail alone", async () => {
    const { container } = server();
    const greedy = "select length(string_agg(md5(i::text), '')) from generate_series(1, 30000000) i";
    expect(await queryIn(app("notes").container, greedy)).toBe("failed: 53200");
    expect(await rows()).toEqual(names.map(() => '[{"body":42}]'));
    expect(await docker("logs", container)).not.toContain("was terminated by signal 9");
  }, 60_000);

  it("loses no row when it restarts or is killed, and the apps find it again", async () => {
    const { container } = server();
    await docker("restart", container);
    await untilHealthy(container);
    expect(await rows()).toEqual(names.map(() => '[{"body":42}]'));
    for (const name of names) await queryIn(app(name).container, "insert into rows values (43)");
    await killAsTheKernelDoes(container);
    await untilHealthy(container);
    expect(await rows()).toEqual(names.map(() => '[{"body":42},{"body":43}]'));
    expect(await docker("logs", container)).toContain("automatic recovery in progress");
    expect(await up()).toEqual({});
  });

  it("keeps rows, apps and passwords when its image, its password or its memory change", async () => {
    const before = outputs;
    const had = await rows();
    const options = { image: ground.images.postgres15Next };
    // The image as Pulumi knows it, the server's container, and the pool's.
    expect(await up(options)).toEqual({ replace: 3 });
    const ids = (from: typeof outputs) => names.map((name) => from[name]!.value);
    expect(ids(outputs)).toEqual(ids(before));
    expect(server().container).not.toBe((before.server!.value as MadeServer).container);
    expect(await rows()).toEqual(had);

    const { password } = server();
    await up({ ...options, rotate: "2026-11", memoryMb: 640 });
    expect(server().password).not.toBe(password);
    expect(ids(outputs)).toEqual(ids(before));
    expect(await rows()).toEqual(had);
    expect(await up({ ...options, rotate: "2026-11", memoryMb: 640 })).toEqual({});
  });

  it("has a pool for the app that wants one: many clients, and no more connections than its own", async () => {
    const { container, id, password } = app("shop");
    const script = `const { Client } = require("/app/pg.js");
      const answers = await Promise.all(Array.from({ length: 40 }, async () => {
        const client = new Client({ connectionString: process.env.DATABASE_URL });
        await client.connect();
        const { rows } = await client.query("select pg_backend_pid() as pid, current_user as who, pg_sleep(0.05)");
        await client.end();
        return rows[0];
      }));
      console.log(new Set(answers.map(({ pid }) => pid)).size, [...new Set(answers.map(({ who }) => who))].join());`;
    const answer = await until(
      async () => /^\d+ /.exec(await inContainer(container, script)) ?? undefined,
      30_000,
      "the pool",
    );
    expect(Number(answer[0])).toBeLessThanOrEqual(8);
    expect(answer.input).toContain(`${id}_owner`);
    expect(await inContainer(container, "console.log(process.env.PGHOST)")).toBe("/run/leash/pool");
    const other = `{ host: "/run/leash/pool", user: "${app("notes").id}", password: "${password}", database: "${app("notes").id}" }`;
    expect(await queryIn(container, "select 1", other)).toMatch(/^failed/);
    const name = (await docker("ps", "--filter", "name=main-pool", "--format", "{{.Names}}")).trim();
    // More than once: the process ids of the one before are somebody's again.
    for (const time of ["once", "twice", "thrice"]) {
      await killAsTheKernelDoes(name);
      await until(
        async () => (/^\d+ /.test(await inContainer(container, script)) ? true : undefined),
        20_000,
        `it again, killed ${time}`,
      );
    }
  });

  describe("beside it, the guard", () => {
    const guard = async () => (await docker("ps", "--filter", "name=main-guard", "--format", "{{.Names}}")).trim();
    const owner = async () => queryIn(app("notes").container, "select current_user as who").catch(String);
    const becomes = (who: string) =>
      until(async () => ((await owner()) === JSON.stringify([{ who }]) ? true : undefined), 60_000, who);

    it("has no network, no privileges, no password in its environment, and says that it is well", async () => {
      const name = await guard();
      const [inspected] = JSON.parse(await docker("inspect", name)) as [
        { Config: { Env: string[] }; HostConfig: Record<string, unknown>; Mounts: { RW: boolean }[] },
      ];
      expect(inspected.HostConfig).toMatchObject({
        ...{ NetworkMode: "none", Privileged: false, CapAdd: null, CapDrop: ["ALL"] },
        SecurityOpt: ["no-new-privileges"],
      });
      expect(inspected.Mounts.map(({ RW }) => RW)).toEqual([false]);
      expect(inspected.Config.Env.join()).not.toContain(server().password);
      await untilHealthy(name);
    });

    it("restricts an app that fills its plan, and lets it back when it has made room", async () => {
      const { container, id } = app("notes");
      const before = await queryIn(container, "select body from rows");
      await queryIn(container, "create table t (x text)");
      await queryIn(container, fillTable(70));
      await becomes(id);
      expect(await queryIn(container, "insert into rows values (43)")).toBe("failed: 42501");
      expect(await queryIn(container, "select body from rows")).toBe(before);
      await queryIn(container, "truncate t");
      await becomes(`${id}_owner`);
      expect(await queryIn(container, "drop table t")).toBe("[]");
    });

    it("comes back when it is killed, and puts right what was changed meanwhile", async () => {
      const name = await guard();
      const { container, id } = app("shop");
      await killAsTheKernelDoes(name);
      await queryIn(container, `set role none; alter role ${id} set statement_timeout = 0`);
      const timeout = async () => queryIn(container, "show statement_timeout");
      await until(async () => ((await timeout()).includes("30s") ? true : undefined), 60_000, "the limit");
      await untilHealthy(name);
      expect(await docker("logs", name)).toContain('"event":"mended"');
      for (const one of names) expect(await docker("logs", name)).not.toContain(app(one).password);
    });
  });

  it("refuses data that another server runs on", async () => {
    const { dataVolume } = server();
    expect(await refusedData(ground, ground.images.postgres15, dataVolume)).toContain("another server is running");
    expect(await rows()).toHaveLength(3);
  });

  it("is removed without a trace when it may be", async () => {
    await (await ground.stack("main", { server: {}, apps })).destroy();
    expect(await leftovers(ground.prefix)).toEqual([]);
  });
});
