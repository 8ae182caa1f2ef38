import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createServerProvider, LeashAppDatabase } from "../../pulumi/index";
import { changes, missingEngine } from "../support/pulumi";
import { serverKinds } from "../support/tenancy-server";
import { appOf, createPulumiGround, type MadeApp, type PulumiGround } from "./support";

const isSoak = process.env.LEASH_SOAK !== undefined;

describe.skipIf(missingEngine).each(serverKinds)("LeashAppDatabase on a real engine and $title", ({ bin }) => {
  let ground: PulumiGround;
  beforeAll(async () => {
    ground = await createPulumiGround(bin);
  });
  afterAll(() => ground?.dispose());

  const login = ({ id, password }: MadeApp) => ground.server.login(id, password);
  const query = async (app: MadeApp, sql: string) => {
    const session = await login(app);
    try {
      return (await session.query(sql)).rows;
    } finally {
      await session.end();
    }
  };
  const exists = (id: string) =>
    ground.asAdministrator(async (session) => {
      const { rows } = await session.query(
        `select (select count(*) from pg_database where datname = $1)::int as databases,
                (select count(*) from pg_roles where rolname in ($1, $1 || '_owner'))::int as roles`,
        [id],
      );
      return rows[0] as { databases: number; roles: number };
    });

  it("makes a database that holds, and then finds nothing to change, refreshed or not", async () => {
    const stack = await ground.stack("whole", { notes: { driver: "pg" } });
    const first = await stack.up();
    const notes = appOf(first.outputs, "notes");
    expect(notes.id).toMatch(/^app_[2-9b-z]{10}$/);
    expect(notes.url).toContain(notes.password);
    expect(await ground.audit(notes)).toEqual([]);
    await query(notes, "create table notes (body text)");

    expect(changes((await stack.up()).summary)).toEqual({});
    expect(changes((await stack.refresh()).summary)).toEqual({});
    expect(changes((await stack.up({ refresh: true })).summary)).toEqual({});
    expect(appOf(await stack.outputs(), "notes")).toEqual(notes);
  });

  it("writes no password into its state, its output or the server's log in the clear", async () => {
    const stack = await ground.stack("secrets", { notes: {} });
    const { outputs, stdout, stderr } = await stack.up();
    const { password } = appOf(outputs, "notes");
    const files = fs.readdirSync(ground.project.directory, { recursive: true, encoding: "utf8" });
    const texts = files
      .map((file) => path.join(ground.project.directory, file))
      .filter((file) => fs.statSync(file).isFile())
      .map((file) => fs.readFileSync(file, "utf8"));
    expect(texts.some((text) => text.includes("notes-password"))).toBe(true);
    for (const text of [...texts, stdout, stderr]) {
      expect(text.includes(password)).toBe(false);
      expect(text).not.toMatch(/SCRAM-SHA-256\$/);
      expect(text.includes(ground.server.record.password)).toBe(false);
    }
  });

  it("changes the plan in place, and keeps the rows", async () => {
    const before = appOf((await (await ground.stack("plan", { notes: {} })).up()).outputs, "notes");
    await query(before, "create table notes as select 42 as body");
    const { outputs, summary } = await (await ground.stack("plan", { notes: { plan: "pro" } })).up();
    expect(changes(summary)).toEqual({ replace: 1 });
    expect(appOf(outputs, "notes")).toEqual(before);
    expect(await ground.audit(before, "pro")).toEqual([]);
    expect(await query(before, "select body from notes")).toEqual([{ body: 42 }]);
  });

  it("rotates the password: the old one ends, the new one works, nothing else changes", async () => {
    const before = appOf((await (await ground.stack("rotate", { notes: {} })).up()).outputs, "notes");
    const stack = await ground.stack("rotate", { notes: { rotate: "2026-11" } });
    const after = appOf((await stack.up()).outputs, "notes");
    expect(after.id).toBe(before.id);
    expect(after.password).not.toBe(before.password);
    await expect(login(before)).rejects.toMatchObject({ code: "connection/password" });
    expect(await query(after, "select current_user")).toEqual([{ current_user: `${after.id}_owner` }]);
    expect(await ground.audit(after)).toEqual([]);
    expect(changes((await stack.up({ refresh: true })).summary)).toEqual({});
  });

  it("leaves a restricted app restricted, whatever is run", async () => {
    const app = appOf((await (await ground.stack("restricted", { notes: {} })).up()).outputs, "notes");
    await ground.asAdministrator((session) =>
      session.query(`grant ${app.id} to leash_restricted; revoke ${app.id}_owner from ${app.id}`),
    );
    const whoIs = async (made: MadeApp) => (await query(made, "select current_user as who"))[0].who;
    const stack = await ground.stack("restricted", { notes: {} });
    expect(changes((await stack.up()).summary)).toEqual({});
    expect(await whoIs(app)).toBe(app.id);
    await stack.refresh();
    expect(changes((await stack.up({ refresh: true })).summary)).toEqual({});
    expect(await whoIs(app)).toBe(app.id);
    const rotated = await (await ground.stack("restricted", { notes: { rotate: "2", plan: "pro" } })).up();
    expect(await whoIs(appOf(rotated.outputs, "notes"))).toBe(app.id);

    // Lifted by whoever restricted it, it stays lifted too.
    await ground.asAdministrator((session) =>
      session.query(`revoke ${app.id} from leash_restricted; grant ${app.id}_owner to ${app.id}`),
    );
    const last = await ground.stack("restricted", { notes: { rotate: "3", plan: "pro" } });
    const lifted = appOf((await last.up()).outputs, "notes");
    expect(await whoIs(lifted)).toBe(`${app.id}_owner`);
    expect(await ground.audit(lifted, "pro")).toEqual([]);
  });

  // The rest is between the engine, its state and the server, whatever the server's version: the soak tries it on both.
  if (bin !== undefined && !isSoak) return;

  it("keeps protected data whole when the app is taken out, and removes it in one go when it may", async () => {
    const first = await (await ground.stack("remove", { keep: {}, notes: {} })).up();
    const notes = appOf(first.outputs, "notes");
    await query(notes, "create table notes as select 42 as body");

    // Without a preview (as the Automation API runs it) some children could go before the refusal.
    const without = await ground.stack("remove", { keep: {} });
    await expect(without.up()).rejects.toThrow(/protect/);
    await expect(without.destroy()).rejects.toThrow(/protect/);
    expect(await query(notes, "select body from notes")).toEqual([{ body: 42 }]);
    expect(await ground.audit(notes)).toEqual([]);

    // Put back, all is as it was, but for the password.
    const back = await (await ground.stack("remove", { keep: {}, notes: {} })).up();
    const again = appOf(back.outputs, "notes");
    expect(again.id).toBe(notes.id);
    expect(await ground.audit(again)).toEqual([]);

    await (await ground.stack("remove", { keep: {}, notes: { deletionProtection: false } })).up();
    const session = await login(again);
    const { summary } = await (await ground.stack("remove", { keep: {} })).up();
    expect(changes(summary).delete).toBeGreaterThan(5);
    expect(await exists(notes.id)).toEqual({ databases: 0, roles: 0 });
    await session.end().catch(() => {});
    const keep = appOf(first.outputs, "keep");
    expect(await exists(keep.id)).toEqual({ databases: 1, roles: 2 });

    const open = await ground.stack("remove", { keep: { deletionProtection: false } });
    await open.up();
    await open.destroy();
    expect(await exists(keep.id)).toEqual({ databases: 0, roles: 0 });
  });

  it("removes an app that holds locks against it, and whose neighbour has named its roles", async () => {
    const open = { deletionProtection: false };
    const first = await (await ground.stack("locks", { hostile: open, neighbour: open })).up();
    const [hostile, neighbour] = [appOf(first.outputs, "hostile"), appOf(first.outputs, "neighbour")];
    await query(neighbour, `create table bait (a int); grant select on bait to ${hostile.id}, ${hostile.id}_owner`);
    const session = await login(hostile);
    await session.query("select pg_advisory_lock(oid::bigint), pg_advisory_lock(0, oid::int) from pg_roles");
    await session.query("set role none");
    // What the neighbour has done is undone by an up in which the app may be removed.
    await (await ground.stack("locks", { hostile: open, neighbour: open })).up();
    await session.query(`begin; alter role ${hostile.id} set statement_timeout = 0`);
    await (await ground.stack("locks", { neighbour: open })).up();
    expect(await exists(hostile.id)).toEqual({ databases: 0, roles: 0 });
    await session.end().catch(() => {});
    expect(await query(neighbour, "select count(*)::int as bait from bait")).toEqual([{ bait: 0 }]);
    await (await ground.stack("locks", {})).up();
  });

  it("works again after a refresh that the app has spoilt", async () => {
    const stack = await ground.stack("spoilt", { notes: {} });
    const app = appOf((await stack.up()).outputs, "notes");
    // The provider reads a number, and fails on a unit.
    await query(app, `set role none; alter role ${app.id} set statement_timeout = '5min'`).catch(() => {});
    await expect(stack.refresh()).rejects.toThrow(/5min/);
    // Rotating works at once: nothing of it waits for what the provider can read.
    const rotated = await ground.stack("spoilt", { notes: { rotate: "2" } });
    const after = appOf((await rotated.up()).outputs, "notes");
    expect(await ground.audit(after)).toEqual([]);
    await rotated.refresh();
    expect(changes((await rotated.up()).summary)).toEqual({});
  });

  it("leaves alone what the app has set for itself", async () => {
    const stack = await ground.stack("own", { notes: {} });
    const app = appOf((await stack.up()).outputs, "notes");
    await query(app, `set role none; alter role ${app.id} set search_path = inside, public`);
    const rotated = await ground.stack("own", { notes: { rotate: "2", plan: "pro" } });
    const after = appOf((await rotated.up({ refresh: true })).outputs, "notes");
    expect(await query(after, "show search_path")).toEqual([{ search_path: "inside, public" }]);
    expect(changes((await rotated.up({ refresh: true })).summary)).toEqual({});
  });

  it("makes, changes and removes ten apps at once, time and again", async () => {
    const names = Array.from({ length: 10 }, (_, i) => `app-${i}`);
    const all = (args: object) => Object.fromEntries(names.map((name) => [name, args]));
    for (const round of isSoak ? [1, 2, 3, 4, 5, 6] : [1, 2]) {
      const { outputs } = await (await ground.stack("ten", all({ deletionProtection: false }))).up();
      for (const name of names) expect(await ground.audit(appOf(outputs, name)), `round ${round}`).toEqual([]);
      const changed = await (
        await ground.stack("ten", all({ deletionProtection: false, plan: "team", rotate: "x" }))
      ).up();
      for (const name of names) expect(await ground.audit(appOf(changed.outputs, name), "team")).toEqual([]);
      await (await ground.stack("ten", {})).up();
      for (const name of names) {
        expect(await exists(appOf(changed.outputs, name).id)).toEqual({ databases: 0, roles: 0 });
      }
    }
    // Six times ten apps: 120 s were too few for a machine with other work.
  }, 600_000);

  it("changes nothing where the component is renamed with an alias", async () => {
    const before = appOf((await (await ground.stack("renamed", { notes: {} })).up()).outputs, "notes");
    const stack = await ground.project.stack("renamed", async () => {
      const provider = createServerProvider("server", ground.connection());
      const server = { ...ground.connection(), socketDirectory: ground.server.record.socketDirectory };
      const options = { providers: [provider], aliases: [{ name: "notes" }] };
      return { id: new LeashAppDatabase("journal", { appName: "journal", server }, options).databaseId };
    });
    const { summary, outputs } = await stack.up();
    expect([changes(summary), outputs.id!.value]).toEqual([{}, before.id]);
  });

  it("takes over an app whose state was lost, rows and all", async () => {
    const before = appOf((await (await ground.stack("lost", { notes: {} })).up()).outputs, "notes");
    await query(before, "create table notes as select 42 as body");
    // Another stack knows nothing of the first, and makes an app of its own.
    const other = appOf((await (await ground.stack("lost-2", { notes: {} })).up()).outputs, "notes");
    expect(other.id).not.toBe(before.id);

    const named = { databaseId: before.id };
    await expect((await ground.stack("lost-3", { notes: named })).up()).rejects.toThrow(
      /on the server already.*adopt: true/s,
    );
    await (await ground.stack("lost-4", { notes: { ...named, adopt: true } })).up();
    const stack = await ground.stack("lost-4", { notes: named });
    const after = appOf((await stack.up()).outputs, "notes");
    expect(await query(after, "select body from notes")).toEqual([{ body: 42 }]);
    expect(await ground.audit(after)).toEqual([]);
    expect(changes((await stack.up({ refresh: true })).summary)).toEqual({});
  });

  it("fails clearly where the database was dropped by hand, and makes it anew when told to refresh", async () => {
    const stack = await ground.stack("dropped", { notes: {} });
    const app = appOf((await stack.up()).outputs, "notes");
    await ground.asAdministrator((session) => session.query(`drop database ${app.id} with (force)`));
    await expect(stack.up()).rejects.toThrow(new RegExp(`database ${app.id} is missing[\\s\\S]*--refresh`));
    expect(await exists(app.id)).toEqual({ databases: 0, roles: 2 });
    const again = appOf((await stack.up({ refresh: true })).outputs, "notes");
    expect(again.id).toBe(app.id);
    expect(await ground.audit(again)).toEqual([]);
  });

  it("mends what was changed behind its back, without a refresh", async () => {
    const stack = await ground.stack("drift", { notes: {} });
    const app = appOf((await stack.up()).outputs, "notes");
    await ground.asAdministrator((session) =>
      session.query(
        `alter role ${app.id} connection limit 100; alter role ${app.id} password 'other';
         alter role ${app.id} set statement_timeout = '5min'; grant connect on database ${app.id} to public`,
      ),
    );
    await stack.up();
    expect(await ground.audit(app)).toEqual([]);
    expect(changes((await stack.up({ refresh: true })).summary)).toEqual({});
  });

  it("previews with no server there", async () => {
    const stack = await ground.project.stack("offline", async () => {
      new LeashAppDatabase("notes", {
        appName: "Notes",
        server: { host: "127.0.0.1", port: 1, username: "nobody", password: "nothing" },
      });
    });
    expect((await stack.preview()).changeSummary.create).toBeGreaterThan(8);
  });

  it("completes what was cut off in the middle of an up", async () => {
    for (const cut of isSoak ? Array.from({ length: 40 }, (_, i) => 2 * i + 1) : [3, 9, 15, 21, 27, 33]) {
      let bytes = 0;
      const stack = await ground.stack(`cut-${cut}`, { notes: {} });
      ground.door.onData = (end) => {
        bytes += 1;
        if (bytes >= cut && bytes < cut + 4) end();
      };
      const failed = await stack.up().then(
        () => false,
        () => true,
      );
      ground.door.onData = undefined;
      const app = appOf((await stack.up()).outputs, "notes");
      expect(await ground.audit(app), `cut at ${cut}, ${failed ? "failed" : "went on"}`).toEqual([]);
    }
  });
});
