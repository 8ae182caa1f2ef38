import { openSession, type Session } from "../../src/connection/open";
import { resolveHome } from "../../src/platform/home";
import { type AdministratorServer, administratorServer, startServer } from "../../src/platform/server";
import type { ServerRecord } from "../../src/platform/server-record";
import { createSandbox, findInstalledPostgres, type Sandbox } from "./sandbox";

/** The servers that the tenancy is tried on. */
export const serverKinds: { title: string; bin: string | undefined }[] = [
  { title: "embedded PostgreSQL", bin: undefined },
  ...(findInstalledPostgres() ? [{ title: "installed PostgreSQL", bin: findInstalledPostgres() }] : []),
];

if (!findInstalledPostgres())
  console.warn("SKIPPED: tests on an installed PostgreSQL 15, there is none on this machine");

export interface RealServer {
  sandbox: Sandbox;
  record: ServerRecord;
  admin: AdministratorServer;
  /** A session of an app's own role. */
  login(id: string, password: string, database?: string): Promise<Session>;
  dispose(): Promise<void>;
}

export async function startRealServer(bin: string | undefined): Promise<RealServer> {
  const sandbox = createSandbox(bin ? { LEASH_POSTGRES_BIN: bin } : {});
  if (bin) process.env.LEASH_POSTGRES_BIN = bin;
  else delete process.env.LEASH_POSTGRES_BIN;
  const record = await startServer(resolveHome({ LEASH_HOME: sandbox.home }));
  return {
    sandbox,
    record,
    admin: administratorServer(record),
    login: (id, password, database = id) =>
      openSession({ socketDirectory: record.socketDirectory, port: 5432, user: id, password, database }),
    dispose: () => sandbox.dispose(),
  };
}
