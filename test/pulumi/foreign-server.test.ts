import fs from "node:fs";
import path from "node:path";
import * as postgresql from "@pulumi/postgresql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createServerProvider, LeashAppDatabase, LeashServerBaseline, type ServerArgs } from "../../pulumi/index";
import { createAppId } from "../../src/identifier";
import { serverPaths } from "../../src/platform/server-record";
import { describeAppDatabase, describeServerBaseline } from "../../src/tenancy/describe";
import { auditBaseline, reconcileAppDatabase } from "../../src/tenancy/reconcile";
import { createSelfSignedCertificate } from "../connection/certificate";
import { changes, missingEngine } from "../support/pulumi";
import { openTcpDoor } from "../support/tcp-door";
import { serverKinds } from "../support/tenancy-server";
import { readTenancy } from "./catalog-dump";
import { appOf, baselineProgram, createPulumiGround, type PulumiGround, unprepare } from "./support";

describe.skipIf(missingEngine).each(serverKinds)("a server that Leash did not make, $title", ({ bin }) => {
  let ground: PulumiGround;
  beforeAll(async () => {
    ground = await createPulumiGround(bin);
    await unprepare(ground);
  });
  afterAll(() => ground?.dispose());

  const cloudAdmin = "cloud_admin";
  const cloudPassword = "0123456789abcdef";

  it("is refused while nobody has prepared it", async () => {
    const stack = await ground.stack("unprepared", { notes: { deletionProtection: false } });
    await expect(stack.up()).rejects.toThrow(/leash_plan_free/);
    await stack.destroy();
  });

  it("is prepared once, and again after the state was lost", async () => {
    const stack = await ground.project.stack("baseline", baselineProgram(ground));
    const { outputs } = await stack.up();
    expect(outputs.groups!.value).toEqual(describeServerBaseline().groups);
    expect(await auditBaseline(ground.server.admin, describeServerBaseline())).toEqual([]);
    expect(changes((await stack.up({ refresh: true })).summary)).toEqual({});

    const lost = await ground.project.stack("baseline-2", baselineProgram(ground, { adopt: true }));
    await lost.up();
    const again = await ground.project.stack("baseline-2", baselineProgram(ground));
    await again.up();
    expect(changes((await again.up({ refresh: true })).summary)).toEqual({});
  });

  it("gets from Pulumi the very catalog that the SQL reconcile makes", async () => {
    const stack = await ground.stack("parity", { notes: { plan: "individual" } });
    const notes = appOf((await stack.up()).outputs, "notes");
    const bySql = createAppId();
    const description = describeAppDatabase({ id: bySql, plan: "individual" });
    await reconcileAppDatabase(ground.server.admin, description, { credential: { password: notes.password } });
    const [pulumi, sql] = [
      await readTenancy(ground.server.admin, notes.id),
      await readTenancy(ground.server.admin, bySql),
    ];
    expect(pulumi).toEqual(sql);
    expect(JSON.stringify(pulumi)).toMatch(/statement_timeout=30000/);
  });

  it("does not run a tenant's functions when its resources are refreshed", async () => {
    const stack = await ground.stack("planted", { notes: {} });
    const notes = appOf((await stack.up()).outputs, "notes");
    const session = await ground.server.login(notes.id, notes.password);
    // The provider calls array_agg(text) by its bare name in the app's own database; a nearer match would win. It rolls
    // back what it read with, but a file stays written.
    const loot = path.join(serverPaths(ground.server.record).data, "loot");
    await session.query(`
      create function public.grab(state text[], value text) returns text[] language plpgsql as $$
        begin
          if (select rolsuper from pg_roles where rolname = current_user) then
            execute 'copy (select 1) to ''${loot}''';
          end if;
          return array_append(state, value);
        end $$;
      create aggregate public.array_agg(text) (sfunc = public.grab, stype = text[], initcond = '{}')`);
    await session.end();
    await stack.refresh();
    await stack.up({ refresh: true });
    expect(fs.existsSync(loot)).toBe(false);

    // What helps is the administrator's search path, which the baseline sets.
    await ground.asAdministrator((admin) => admin.query("alter role leash_admin reset search_path"));
    await stack.refresh();
    expect(fs.existsSync(loot)).toBe(true);
    await ground.asAdministrator((admin) => admin.query("alter role leash_admin set search_path = pg_catalog"));
  });

  const connectionOf = (username: string, password: string): ServerArgs => ({
    ...ground.connection(),
    username,
    password,
    superuser: false,
    socketDirectory: ground.server.record.socketDirectory,
  });

  it("works with an administrator that is no superuser, and says what such a one can't hold", async () => {
    await ground.asAdministrator((session) =>
      session.query(`create role ${cloudAdmin} login createrole createdb password '${cloudPassword}'`),
    );
    const hba = path.join(serverPaths(ground.server.record).data, "pg_hba.conf");
    fs.writeFileSync(hba, `local all ${cloudAdmin} scram-sha-256\n${fs.readFileSync(hba, "utf8")}`);
    await ground.asAdministrator((session) => session.query("select pg_reload_conf()"));
    await ground.asAdministrator((session) =>
      session.query(`grant connect on database postgres, template1 to ${cloudAdmin}`),
    );

    let rotate = "1";
    const program = async () => {
      const server = connectionOf(cloudAdmin, cloudPassword);
      const provider = createServerProvider("server", server);
      const args = { appName: "Notes", server, rotate };
      const notes = new LeashAppDatabase("notes", args, { providers: [provider] });
      return {
        notes: { id: notes.databaseId, url: notes.databaseUrl, password: notes.environment.apply((e) => e.PGPASSWORD) },
      };
    };
    const stack = await ground.project.stack("cloud", program);
    const { outputs, stdout } = await stack.up();
    expect(stdout).toMatch(/Needs a superuser/);
    const notes = appOf(outputs, "notes");
    // The ledger is another administrator's.
    const own = (one: string) => !one.startsWith(`membership of ${cloudAdmin}`) && !one.includes("ledger");
    const left = (await ground.audit(notes)).filter(own);
    expect(left.map((one) => one.replaceAll(notes.id, "app")).sort()).toEqual([
      expect.stringMatching(/^function pg_catalog.pg_export_snapshot/),
      expect.stringMatching(/^function pg_catalog.pg_logical_emit_message/),
      ...(left.length === 4 ? [expect.stringMatching(/^function pg_catalog.pg_logical_emit_message/)] : []),
      "role app does not set log_min_messages",
    ]);
    const session = await ground.server.login(notes.id, notes.password);
    await session.query("create table notes as select 42 as body");
    await session.end();
    expect(changes((await stack.up({ refresh: true })).summary)).toEqual({});

    // Such an administrator can't see which password the server has.
    rotate = "2";
    const rotated = appOf((await stack.up()).outputs, "notes");
    expect(rotated.password).not.toBe(notes.password);
    await (await ground.server.login(notes.id, rotated.password)).end();
    await expect(ground.server.login(notes.id, notes.password)).rejects.toThrow();
  });

  it("fails loudly where the administrator lacks what isolation needs", async () => {
    await ground.asAdministrator(async (session) => {
      await session.query("create role weak_admin login createdb password 'weak'");
      await session.query("grant connect on database postgres to weak_admin");
    });
    const hba = path.join(serverPaths(ground.server.record).data, "pg_hba.conf");
    fs.writeFileSync(hba, `local all weak_admin scram-sha-256\n${fs.readFileSync(hba, "utf8")}`);
    await ground.asAdministrator((session) => session.query("select pg_reload_conf()"));
    const stack = await ground.project.stack("weak", async () => {
      const server = connectionOf("weak_admin", "weak");
      const provider = createServerProvider("server", server);
      new LeashAppDatabase("notes", { appName: "Notes", server }, { providers: [provider] });
    });
    await expect(stack.up()).rejects.toThrow(/permission denied/);
  });

  it("is reached by TLS, and its certificate checked against a file", async () => {
    const made = createSelfSignedCertificate();
    const file = path.join(ground.project.directory, "server.crt");
    fs.writeFileSync(file, made.certificate);
    const other = path.join(ground.project.directory, "other.crt");
    fs.writeFileSync(other, createSelfSignedCertificate().certificate);
    const door = await openTcpDoor(path.join(ground.server.record.socketDirectory, ".s.PGSQL.5432"), made);
    const up = async (name: string, server: Partial<ServerArgs>) => {
      const stack = await ground.project.stack(name, async () => {
        new LeashAppDatabase("notes", {
          appName: "Notes",
          server: { ...ground.connection(), host: "localhost", port: door.port, ...server },
        });
      });
      return stack.up();
    };
    try {
      expect(
        changes((await up("tls-file", { sslmode: "verify-ca", sslrootcert: file })).summary).create,
      ).toBeGreaterThan(8);
      expect(changes((await up("tls-any", { sslmode: "require" })).summary).create).toBeGreaterThan(8);
      await expect(up("tls-other", { sslmode: "verify-ca", sslrootcert: other })).rejects.toThrow(/certificate/);
    } finally {
      await door.close();
    }
  });

  it("takes its address from a provider of the same program", async () => {
    const stack = await ground.project.stack("by-provider", async () => {
      const { host, port, username, password, sslmode } = ground.connection();
      const given = new postgresql.Provider("given", { host, port, username, password, sslmode });
      const notes = new LeashAppDatabase("notes", { appName: "Notes" }, { providers: [given] });
      new LeashServerBaseline("unused", { adopt: true }, { providers: [given] });
      return {
        notes: { id: notes.databaseId, url: notes.databaseUrl, password: notes.environment.apply((e) => e.PGPASSWORD) },
      };
    });
    const notes = appOf((await stack.up()).outputs, "notes");
    expect(notes.url).toBe(
      `postgresql://${notes.id}:${notes.password}@127.0.0.1:${ground.door.port}/${notes.id}?sslmode=disable`,
    );
    expect(await ground.audit(notes)).toEqual([]);
  });
});
