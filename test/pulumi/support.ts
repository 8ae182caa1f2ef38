import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Stack } from "@pulumi/pulumi/automation";
import {
  createServerProvider,
  LeashAppDatabase,
  type LeashAppDatabaseArgs,
  LeashServerBaseline,
} from "../../pulumi/index";
import type { Session } from "../../src/connection/open";
import type { PlanName } from "../../src/plans";
import { describeAppDatabase, describeServerBaseline } from "../../src/tenancy/describe";
import { auditAppDatabase } from "../../src/tenancy/reconcile";
import { createPulumiProject, type PulumiProject } from "../support/pulumi";
import { openTcpDoor, type TcpDoor } from "../support/tcp-door";
import { type RealServer, startRealServer } from "../support/tenancy-server";

export type AppArgs = Partial<LeashAppDatabaseArgs>;

/** An app as a stack's outputs tell it. */
export interface MadeApp {
  id: string;
  password: string;
  url: string;
}

/** A real server behind a port, a Pulumi project, and programs that bring the two together. */
export interface PulumiGround {
  server: RealServer;
  door: TcpDoor;
  project: PulumiProject;
  /** Arguments of the server as its administrator reaches it. */
  connection(): { host: string; port: number; username: string; password: pulumi.Output<string>; sslmode: string };
  /** A stack that holds the server's baseline and these apps, by name. */
  stack(name: string, apps: Record<string, AppArgs>): Promise<Stack>;
  asAdministrator<T>(work: (session: Session) => Promise<T>, database?: string): Promise<T>;
  /** What differs from the app's description. */
  audit(app: MadeApp, plan?: PlanName): Promise<string[]>;
  dispose(): Promise<void>;
}

export async function createPulumiGround(bin: string | undefined): Promise<PulumiGround> {
  const server = await startRealServer(bin);
  const door = await openTcpDoor(path.join(server.record.socketDirectory, ".s.PGSQL.5432"));
  const project = createPulumiProject();
  const ground: PulumiGround = {
    server,
    door,
    project,
    connection: () => ({
      ...{ host: "127.0.0.1", port: door.port, username: "leash_admin", sslmode: "disable" },
      password: pulumi.secret(server.record.password),
    }),
    stack: (name, apps) =>
      project.stack(name, async () => {
        const provider = createServerProvider("server", ground.connection());
        const made = Object.entries(apps).map(([app, args]) => {
          const database = new LeashAppDatabase(
            app,
            {
              appName: app,
              server: { ...ground.connection(), socketDirectory: server.record.socketDirectory },
              ...args,
            },
            { providers: [provider] },
          );
          const { databaseId: id, databaseUrl: url, environment } = database;
          return [app, { id, url, password: environment.apply((variables) => variables.PGPASSWORD) }];
        });
        return Object.fromEntries(made);
      }),
    asAdministrator: async (work, database = "postgres") => {
      const session = await server.admin.openSession(database);
      try {
        return await work(session);
      } finally {
        await session.end();
      }
    },
    audit: async ({ id, password }, plan = "free") => {
      const found = await auditAppDatabase(server.admin, describeAppDatabase({ id, plan }), {
        credential: { password },
      });
      return found.map(({ subject, says }) => `${subject} ${says}`);
    },
    dispose: async () => {
      project.dispose();
      await door.close();
      await server.dispose();
    },
  };
  return ground;
}

/** Takes away what the embedded server was prepared with, as on a server that nobody has prepared. */
export async function unprepare(ground: PulumiGround): Promise<void> {
  await ground.asAdministrator(async (session) => {
    const { groups, closedDatabases } = describeServerBaseline();
    await session.query(`drop role ${groups.join(", ")}`);
    await session.query(`grant connect, temporary on database ${closedDatabases.join(", ")} to public`);
    await session.query("alter role leash_admin reset search_path");
  });
}

export function baselineProgram(ground: PulumiGround, args: { adopt?: boolean; deletionProtection?: boolean } = {}) {
  return async () => {
    const baseline = new LeashServerBaseline("baseline", { server: ground.connection(), ...args });
    return { groups: baseline.groups };
  };
}

/** An app's row in what `stack.up()` or `stack.outputs()` gave. */
export function appOf(outputs: Record<string, { value: unknown }>, name: string): MadeApp {
  return outputs[name]!.value as MadeApp;
}
