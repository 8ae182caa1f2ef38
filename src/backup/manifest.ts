import { randomInt } from "node:crypto";
import * as z from "zod/mini";
import { idAlphabet } from "../identifier";
import { planNames } from "../plans";

const time = z.iso.datetime();
const count = z.int().check(z.nonnegative());

/** What a table held when it was dumped, or after a restore. */
const tableEvidenceSchema = z.object({
  schema: z.string(),
  name: z.string(),
  /** null where counting would have taken too long. */
  rows: z.nullable(count),
  /** Of all rows, whatever their order; null for large tables. */
  checksum: z.nullable(z.string()),
});

const evidenceSchema = z.object({
  tables: z.array(tableEvidenceSchema),
  largeObjects: count,
  /** Names of the extensions that were installed. */
  extensions: z.array(z.string()),
});

/** What became of a drill: the newest backup restored into a scratch database and compared. */
const drillSchema = z.object({
  at: time,
  /** Seconds that the restore took. */
  seconds: z.number(),
  /** Tables that were there, of which rows were counted, of which checksums were compared. */
  tables: count,
  counted: count,
  summed: count,
  /** What differed, for people; empty for a drill that went well. */
  differences: z.array(z.string()),
});

const manifestSchema = z.object({
  format: z.literal(1),
  id: z.string().check(z.regex(/^\d{8}T\d{6}Z-[a-z0-9]{6}$/)),
  /** The app's id on the server, which is its database's name. */
  app: z.string().check(z.regex(/^app_[a-z0-9]+$/)),
  /** What people call the app, where that is known. */
  name: z.nullable(z.string()),
  plan: z.enum(planNames),
  /** "18.4" */
  serverVersion: z.string(),
  client: z.object({ kind: z.enum(["native", "wasm"]), version: z.string() }),
  dump: z.enum(["custom", "sql.gz"]),
  /** Of the stored file. */
  bytes: count,
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
  /** What the database took on the server. */
  databaseBytes: count,
  startedAt: time,
  finishedAt: time,
  /** When the stored file was last found to be whole. */
  verifiedAt: z.nullable(time),
  /** When it was last restored into a scratch database and nothing differed. */
  drilledAt: z.nullable(time),
  drill: z.nullable(drillSchema),
  /** The verifier of the app's password, so that a lost server can be rebuilt for the same DATABASE_URL. */
  verifier: z.nullable(z.string()),
  evidence: evidenceSchema,
});

/** What is known of one backup; it stands beside the stored dump as `<id>.json`, and a backup is one when that is there. */
export type Manifest = z.infer<typeof manifestSchema>;
export type Evidence = z.infer<typeof evidenceSchema>;
export type TableEvidence = z.infer<typeof tableEvidenceSchema>;
export type DrillResult = z.infer<typeof drillSchema>;

/** @throws when the text is no manifest */
export function parseManifest(text: string): Manifest {
  return manifestSchema.parse(JSON.parse(text));
}

export function formatManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** `20261123T031500Z-x7k2m9`: ids sort by time. */
export function createBackupId(now: Date): string {
  const stamp = `${now
    .toISOString()
    .replace(/[-:]/g, "")
    .replace(/\.\d+Z$/, "")}Z`;
  return `${stamp}-${Array.from({ length: 6 }, () => idAlphabet[randomInt(idAlphabet.length)]).join("")}`;
}

/** What is known of a backup whose stored dump has this size: it is no whole one where that is another, or no file's. */
export function asStored(manifest: Manifest, storedBytes: number | undefined): Manifest {
  return storedBytes === manifest.bytes ? manifest : { ...manifest, verifiedAt: null };
}

export const isBackupId = (text: string): boolean => /^\d{8}T\d{6}Z-[a-z0-9]{6}$/.test(text);

/** The stored dump's name beside its manifest. */
export function dumpFileName({ id, dump }: Pick<Manifest, "id" | "dump">): string {
  return dump === "custom" ? `${id}.dump` : `${id}.sql.gz`;
}

export const manifestFileName = ({ id }: Pick<Manifest, "id">): string => `${id}.json`;

/** Newest first. */
export function byAge(a: Manifest, b: Manifest): number {
  return b.startedAt.localeCompare(a.startedAt) || b.id.localeCompare(a.id);
}
