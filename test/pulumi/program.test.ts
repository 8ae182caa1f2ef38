import fs from "node:fs";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSession } from "../../src/connection/open";
import { describeAppDatabase } from "../../src/tenancy/describe";
import { auditAppDatabase } from "../../src/tenancy/reconcile";
import { inlineStack, missingEngine } from "../support/pulumi";
import { openTcpDoor, type TcpDoor } from "../support/tcp-door";
import { type RealServer, startRealServer } from "../support/tenancy-server";
import { createProgramGround, type ProgramGround } from "./program-ground";

interface Outputs {
  app: string;
  detected: { framework: string; services: { service: string; drivers: string[]; evidence?: unknown }[] } | null;
  outcome: string;
  plan?: string;
  limits?: { storageBytes: number };
  databaseId?: string;
  databaseUrl?: string;
  environment: Record<string, string>;
}

describe.skipIf(missingEngine)("the ready-made program, by `pulumi up`", () => {
  let ground: ProgramGround;
  let server: RealServer;
  let door: TcpDoor;
  let serverUrl: string;
  beforeAll(async () => {
    ground = createProgramGround();
    server = await startRealServer(undefined);
    door = await openTcpDoor(path.join(server.record.socketDirectory, ".s.PGSQL.5432"));
    serverUrl = `postgresql://leash_admin:${server.record.password}@127.0.0.1:${door.port}/?sslmode=disable`;
  });
  afterAll(async () => {
    ground?.dispose();
    await door?.close();
    await server?.dispose();
  });

  const up = (stack: string) => ground.pulumi("up", "--yes", "--skip-preview", "-s", stack);
  const audit = ({ databaseId, environment }: Outputs, plan: "free" | "pro" = "free") =>
    auditAppDatabase(server.admin, describeAppDatabase({ id: databaseId!, plan }), {
      credential: { password: environment.PGPASSWORD! },
    });

  it("gives an app its database, finds nothing to change after, and removes it when it may", async () => {
    const settings = { "leash:path": "examples/express-pg" };
    await ground.configure("express", settings, { "leash:server": serverUrl });
    const first = await up("express");
    expect(first.exitCode, first.output).toBe(0);
    const outputs = await ground.outputs<Outputs>("express");
    expect(outputs).toMatchObject({ app: "notes-express", outcome: "created", plan: "free" });
    expect(outputs.detected).toMatchObject({ framework: "express", services: [{ drivers: ["pg"] }] });
    expect(outputs.detected!.services[0]).not.toHaveProperty("evidence");
    expect(outputs.limits?.storageBytes).toBe(50 * 1024 ** 2);
    expect(outputs.environment.DATABASE_URL).toBe(outputs.databaseUrl);
    expect(await audit(outputs)).toEqual([]);

    const again = await ground.pulumi("preview", "--expect-no-changes", "-s", "express");
    expect(again.exitCode, again.output).toBe(0);
    // Neither in what it says nor in what it keeps.
    const kept = fs
      .readdirSync(ground.directory, { recursive: true, encoding: "utf8" })
      .map((file) => path.join(ground.directory, file))
      .filter((file) => fs.statSync(file).isFile())
      .map((file) => fs.readFileSync(file, "utf8"));
    expect(kept.some((text) => text.includes(outputs.databaseId!))).toBe(true);
    for (const text of [first.output, again.output, ...kept]) {
      expect(text.includes(outputs.environment.PGPASSWORD!)).toBe(false);
      expect(text.includes(server.record.password)).toBe(false);
    }

    expect((await ground.pulumi("destroy", "--yes", "--skip-preview", "-s", "express")).output).toContain("protect");
    const open = { ...settings, "leash:deletionProtection": "false", "leash:plan": "pro", "leash:rotate": "2" };
    await ground.configure("express", open, { "leash:server": serverUrl });
    await up("express");
    const changed = await ground.outputs<Outputs>("express");
    expect([changed.plan, changed.databaseId]).toEqual(["pro", outputs.databaseId]);
    expect(changed.databaseUrl).not.toBe(outputs.databaseUrl);
    expect(await audit(changed, "pro")).toEqual([]);
    expect((await ground.pulumi("destroy", "--yes", "--skip-preview", "-s", "express")).exitCode).toBe(0);
  });

  it("takes the server from a platform stack, and the URL's form from the app's drivers", async () => {
    const { socketDirectory } = server.record;
    const password = server.record.password;
    const platform = await inlineStack(ground, {
      stackName: "dev",
      projectName: "platform",
      program: async () => ({
        server: pulumi.secret({
          ...{ host: "127.0.0.1", port: door.port, username: "leash_admin", password, sslmode: "disable" },
          socketDirectory,
        }),
        nothing: 1,
      }),
    });
    await platform.up();
    const settings = { "leash:path": "examples/flask-sqlalchemy", "leash:server": "organization/platform/dev" };
    await ground.configure("flask", settings);
    const { exitCode, output } = await up("flask");
    expect(exitCode, output).toBe(0);
    const outputs = await ground.outputs<Outputs>("flask");
    // The one form that SQLAlchemy on psycopg reads, over the socket.
    expect(outputs.databaseUrl).toContain(`postgresql:///${outputs.databaseId}?host=${socketDirectory}`);
    const { databaseId: id, environment } = outputs;
    const login = { socketDirectory, port: 5432, user: id!, database: id!, password: environment.PGPASSWORD! };
    const session = await openSession(login);
    expect((await session.query("select current_user as who")).rows).toEqual([{ who: `${id}_owner` }]);
    await session.end();

    await ground.configure("flask", { ...settings, "leash:server": "organization/platform/none" });
    expect((await up("flask")).output).toContain('unknown stack "organization/platform/none"');
    await inlineStack(ground, {
      stackName: "bare",
      projectName: "platform",
      program: async () => ({ server: { host: "hunter2" } }),
    }).then((stack) => stack.up());
    await ground.configure("flask", { ...settings, "leash:server": "organization/platform/bare" });
    const wrong = await up("flask");
    expect(wrong.output).toMatch(/The output `server` of organization\/platform\/bare: .*\n\s+username is missing/);
    expect(wrong.output).not.toContain("hunter2");
  });

  it("makes nothing where nothing is used, evidently used, or wanted", async () => {
    const manifest = (dependencies: object) => ({ "package.json": JSON.stringify({ name: "app", dependencies }) });
    await ground.configure("none", { "leash:path": ground.app("none", manifest({ express: "5" })) });
    expect((await up("none")).exitCode).toBe(0);
    expect(await ground.outputs("none")).toMatchObject({ outcome: "not-needed", environment: {} });

    const maybe = ground.app("maybe", manifest({ "@neondatabase/serverless": "1" }));
    await ground.configure("maybe", { "leash:path": maybe });
    const warned = await up("maybe");
    expect(warned.output).toMatch(
      /warning: The app may use PostgreSQL[\s\S]*package\.json:1 [\s\S]*create, url or skip/,
    );
    expect(await ground.outputs("maybe")).toMatchObject({ outcome: "undecided", environment: {} });

    await ground.configure("skip", { "leash:path": "examples/express-pg", "leash:database": "skip" });
    await up("skip");
    const skipped = await ground.outputs<Outputs>("skip");
    expect(skipped).toMatchObject({ app: "notes-express", outcome: "skipped", environment: {} });
    expect(skipped).not.toHaveProperty("databaseUrl");
  });

  it("injects the app's own URL with advice on it, and shows it to nobody", async () => {
    const url = "postgresql://postgres.abcdefghijklmnopqrst:hunter2@aws-0-eu-west-1.pooler.supabase.com:6543/postgres";
    await ground.configure("own", { "leash:path": "examples/express-pg" }, { "leash:databaseUrl": `'${url}'` });
    const { output } = await up("own");
    expect(output).toMatch(/databaseUrl: \[secret\]/);
    expect(output).toMatch(/warning: leash:databaseUrl: .*pooler/);
    expect(output).not.toContain("hunter2");
    expect(await ground.outputs("own")).toMatchObject({ outcome: "url", databaseUrl: url });
  });

  it("tells all faults at once, soon, and without a secret", async () => {
    const preview = async () => {
      const begun = Date.now();
      return { ...(await ground.pulumi("preview", "-s", "faults")), took: Date.now() - begun };
    };
    await ground.configure("faults", { "leash:path": "examples/express-pg", "leash:database": "skip" });
    const { took: floor } = await preview();
    const settings = { "leash:path": "examples/express-pg", "leash:plan": "huge", "leash:adopt": "true" };
    const wrong = { ...settings, "leash:pool": "yes", "leash:rotat": "2" };
    await ground.configure("faults", wrong, { "leash:server": "postgresql://admin:hunter2@db.example/notes" });
    const { exitCode, output, took } = await preview();
    // It took 20 s more, of an idle machine, while the error had a stack.
    expect(took).toBeLessThan(2 * floor + 3_000);
    expect(exitCode).not.toBe(0);
    expect(output).toMatch(
      /leash:rotat: [\s\S]*leash:plan: [\s\S]*leash:server: [\s\S]*leash:pool: [\s\S]*leash:adopt: /,
    );
    expect(output).not.toMatch(/hunter2|\n\s+at /);

    await ground.configure("faults", { "leash:path": "examples/express-pg" });
    expect((await ground.pulumi("preview", "-s", "faults")).output).toContain("leash:server: It is missing");
    await ground.configure("faults", { "leash:path": "no/such/folder" });
    expect((await ground.pulumi("preview", "-s", "faults")).output).toContain("leash:path: There is no folder");
  });
});
