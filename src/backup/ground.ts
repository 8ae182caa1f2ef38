import { openSession, type Session } from "../connection/open";
import { LeashError } from "../errors";
import type { PlanName } from "../plans";
import type { OneOff } from "../tenancy/one-off";
import { serverPort } from "../tenancy/server-config";
import type { TenancyServer } from "../tenancy/session";
import type { DatabaseLogin, Dumper, DumpReader } from "./dumps";
import type { Manifest } from "./manifest";
import { nativeDumper } from "./native/dump";
import { findNativeClients } from "./native/find";
import { nativeReader } from "./native/reader";
import { sqlReader } from "./sql-dump";
import type { BackupStore } from "./store";
import { wasmDumper } from "./wasm/dump";

/** What backups work with: one server and one store. */
export interface BackupGround {
  server: TenancyServer;
  /** The folder of the server's socket: one-off logins come in by it. */
  socketDirectory: string;
  store: BackupStore;
  clients: Clients;
}

/** An app as backups know it. */
export interface BackedUpApp {
  id: string;
  plan: PlanName;
  /** What people call it, where that is known. */
  name: string | null;
}

/** The programs that make dumps and read them. */
export interface Clients {
  dumpers: Dumper[];
  readers: Partial<Record<Manifest["dump"], DumpReader>>;
}

/** Looks for the programs of this machine. */
export function findClients(environment: NodeJS.ProcessEnv = process.env): Clients {
  const native = findNativeClients(environment);
  const wasm = wasmDumper();
  return {
    dumpers: [...native.map(nativeDumper), ...(wasm ? [wasm] : [])],
    readers: { "sql.gz": sqlReader, ...(native[0] ? { custom: nativeReader(native[0]) } : {}) },
  };
}

/**
 * The program for a server and a database: the oldest native one that is at least of the server's major version, so that
 * a dump can be restored with what the server came with; else the one in WebAssembly.
 * @throws LeashError `backup/no-client`
 */
export function chooseDumper({ dumpers }: Clients, major: number, bytes: number): Dumper {
  const able = dumpers.filter((dumper) => dumper.major >= major);
  const native = able.filter(({ kind }) => kind === "native").sort((a, b) => a.major - b.major);
  const chosen = [...native, ...able].find(({ mostBytes }) => bytes <= mostBytes);
  if (chosen) return chosen;
  const megabytes = (size: number) => `${Math.ceil(size / 1024 ** 2)} MB`;
  const found = dumpers.map(
    ({ kind, version, mostBytes }) =>
      `pg_dump ${version}${kind === "wasm" ? ` (WebAssembly, up to ${megabytes(mostBytes)})` : ""}`,
  );
  throw new LeashError("backup/no-client", `No pg_dump here can dump ${megabytes(bytes)} of PostgreSQL ${major}.`, {
    details: found.length > 0 ? [`There is ${found.join(", ")}.`] : [],
    hint: `Install PostgreSQL's client ${major} or newer (Debian: postgresql-client-${major}), or name its bin folder in LEASH_POSTGRES_CLIENT_BIN.`,
  });
}

/** @throws LeashError `backup/no-client` */
export function chooseReader({ readers }: Clients, dump: Manifest["dump"]): DumpReader {
  const reader = readers[dump];
  if (reader) return reader;
  throw new LeashError("backup/no-client", "This dump takes PostgreSQL's own pg_restore, and there is none here.", {
    hint: "Install PostgreSQL's client (Debian: postgresql-client), or name its bin folder in LEASH_POSTGRES_CLIENT_BIN.",
  });
}

/** How a program logs in as a one-off. */
export function loginOf({ socketDirectory }: Pick<BackupGround, "socketDirectory">, oneOff: OneOff): DatabaseLogin {
  const { name: user, password, database } = oneOff;
  return { socketDirectory, port: serverPort, user, password, database };
}

export function openAs(ground: Pick<BackupGround, "socketDirectory">, oneOff: OneOff): Promise<Session> {
  return openSession({ ...loginOf(ground, oneOff), searchPath: "" });
}
