import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createServerProvider, LeashAppDatabase, type LeashAppDatabaseArgs, LeashServerBaseline } from "../../pulumi";
import { describeAppDatabase, describeServerBaseline } from "../../src/tenancy/describe";
import { auditAppDatabase } from "../../src/tenancy/reconcile";
import { changes, createPulumiProject, missingEngine, type PulumiProject } from "../support/pulumi";
import { openTcpDoor, type TcpDoor } from "../support/tcp-door";
import { type RealServer, serverKinds, startRealServer } from "../support/tenancy-server";

describe.skipIf(missingEngine)("LeashAppDatabase on a real engine", () => {
  describe.each(serverKinds)("and $title", ({ bin }) => {
    let server: RealServer;
    let door: TcpDoor;
    let project: PulumiProject;
    beforeAll(async () => {
      server = await startRealServer(bin);
      // A server that nobody has prepared.
      const session = await server.admin.openSession("postgres");
      for (const group of describeServerBaseline().groups) await session.query(`drop role ${group}`);
      await session.query("grant connect on database postgres, template1 to public");
      await session.query("alter role leash_admin reset search_path");
      await session.end();
      door = await openTcpDoor(path.join(server.record.socketDirectory, ".s.PGSQL.5432"));
      project = createPulumiProject();
    });
    afterAll(async () => {
      project?.dispose();
      await door?.close();
      await server?.dispose();
    });

    const connection = () => ({
      host: "127.0.0.1",
      port: door.port,
      username: "leash_admin",
      password: pulumi.secret(server.record.password),
      sslmode: "disable",
      socketDirectory: server.record.socketDirectory,
    });
    const app =
      (args: Partial<LeashAppDatabaseArgs> = {}) =>
      async () => {
        const provider = createServerProvider("server", connection());
        const baseline = new LeashServerBaseline("baseline", { server: connection() }, { providers: [provider] });
        const database = new LeashAppDatabase(
          "notes",
          { appName: "Notes", server: connection(), driver: "pg", ...args },
          { providers: [provider], dependsOn: [baseline] },
        );
        return { url: database.databaseUrl, id: database.databaseId, environment: database.environment };
      };

    it("makes an app's database that holds, and then finds nothing to change", async () => {
      const stack = await project.stack("whole", app());
      const first = await stack.up({ onOutput: process.env.SHOW ? console.log : () => {} });
      expect(first.outputs.url?.secret).toBe(true);
      const id = first.outputs.id!.value as string;
      const password = new URL(first.outputs.url!.value.replace("///", "//host/")).searchParams.get("password")!;
      const description = describeAppDatabase({ id, plan: "free" });
      expect(await auditAppDatabase(server.admin, description, { password })).toEqual([]);
      const session = await server.login(id, password);
      await session.query("create table notes (body text)");
      await session.end();

      expect(changes((await stack.up()).summary)).toEqual({});
      const refreshed = await stack.refresh();
      expect(changes(refreshed.summary)).toEqual({});
      expect(changes((await stack.up({ refresh: true })).summary)).toEqual({});
    });
  });
});
