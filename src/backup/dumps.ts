import { LeashError } from "../errors";
import type { Manifest } from "./manifest";

/** How a program logs in to an app's database over the server's socket. */
export interface DatabaseLogin {
  socketDirectory: string;
  port: number;
  user: string;
  password: string;
  database: string;
}

export interface DumpOptions {
  /** How long to wait for a table that somebody holds; milliseconds. */
  lockWaitTimeoutMs: number;
  /** The snapshot that another session of the same database has exported. */
  snapshot?: string;
  /** These tables alone, with what belongs to them. */
  tables?: readonly { schema: string; name: string }[];
  signal?: AbortSignal | undefined;
}

/** Makes dumps: PostgreSQL's own program, or the one compiled to WebAssembly. */
export interface Dumper {
  kind: Manifest["client"]["kind"];
  /** "18.6" */
  version: string;
  major: number;
  /** What it writes. */
  dump: Manifest["dump"];
  /** The largest database that it takes, in bytes as `pg_database_size` counts them. */
  mostBytes: number;
  /**
   * Dumps a database into `file`, which it makes.
   * @throws LeashError `backup/dump-failed`, `backup/locked`, `backup/interrupted`; `file` may be left behind
   */
  write(login: DatabaseLogin, file: string, options: DumpOptions): Promise<void>;
}

/** What pg_dump says when its session is ended, or comes too late. */
export const saysInterrupted = (said: string): boolean =>
  /terminating connection due to|server closed the connection unexpectedly|not currently accepting connections|FATAL: .*(?:does not exist|is shutting down)/.test(
    said,
  );

export function interruptedDump(details: string[], cause?: unknown): LeashError {
  return new LeashError("backup/interrupted", "The database went away while it was dumped; nothing was stored.", {
    ...{ details, cause },
    hint: "A restore has replaced it, it was destroyed, or the server was stopped: try again.",
  });
}

/** What a restore could not make; the rest is there. */
export interface RestoreFault {
  /** The object's kind as the dump names it: `ACL`, `FK CONSTRAINT`; empty where that is unknown. */
  type: string;
  /** SQLSTATE where it is known. */
  code?: string;
  message: string;
}

export interface RestoreOptions {
  /** Leaves out grants: the dump's roles are not those of the database that it is restored into. */
  withoutGrants?: boolean;
  /** Hears how far it is, from 0 to 1. */
  onProgress?: (part: number) => void;
  signal?: AbortSignal | undefined;
}

/** A table's name as the contents of every format tell it. */
export const tableKey = ({ schema, name }: { schema: string; name: string }): string =>
  `${schema} ${name}`.replace(/[\r\n]/g, " ");

/** Reads the dumps of one format. */
export interface DumpReader {
  /**
   * Looks whether a dump is one and whole as far as that is told quickly.
   * @returns the tables whose rows it holds, each as its `tableKey`
   * @throws LeashError `backup/corrupt`
   */
  list(file: string): Promise<string[]>;
  /** Reads all of it; @throws LeashError `backup/corrupt` */
  readThrough(file: string): Promise<void>;
  /**
   * Restores into an empty database as the login, which owns everything afterwards.
   * @throws LeashError `restore/failed`, `backup/corrupt`
   */
  restore(login: DatabaseLogin, file: string, options: RestoreOptions): Promise<RestoreFault[]>;
}
