import type { VariableCheck } from "../connection/check-variable";
import type { Usage } from "../limits/usage";
import type { PlanName } from "../plans";

/**
 * What the dashboard's server and its page say to each other, all of it JSON. Every request to `/api/` carries the
 * session's cookie and the header `x-leash-token`. Times are ISO 8601, sizes bytes.
 *
 * | request | body → answer |
 * |---|---|
 * | `GET /api/overview` | → `Overview` |
 * | `GET /api/apps/ID/variables` | → `Variables` |
 * | `POST /api/apps/ID/variables/check` | `Assignments` → `Checks` |
 * | `POST /api/apps/ID/variables/parse` | `{ text }`, a whole .env → `ParsedText` |
 * | `PUT /api/apps/ID/variables` | `Assignments & { skipCheck? }` → `Variables`; `Failure` with `checks` where one is at fault |
 * | `DELETE /api/apps/ID/variables/NAME` | → `Variables` |
 * | `POST /api/apps/ID/variables/NAME/reveal` | → `{ value }` |
 * | `POST /api/apps/ID/variables/NAME/test` | → `ConnectionTest` |
 * | `GET /api/apps/ID/database` | → `Database` |
 * | `POST /api/apps/ID/database` | `{ plan }` → `Job` that makes one |
 * | `POST /api/apps/ID/database/url` | → `{ value }`, the URL with its password |
 * | `PUT /api/apps/ID/database/plan` | `{ plan }` → `Job` |
 * | `POST /api/apps/ID/database/rotate` | → `Job` |
 * | `GET /api/apps/ID/backups` | → `Backups` |
 * | `POST /api/apps/ID/backups` | → `Job` that makes one |
 * | `POST /api/apps/ID/backups/drill` | → `Job` |
 * | `POST /api/apps/ID/backups/undo` | `{ confirm }`, the app's name → `Job` |
 * | `POST /api/apps/ID/backups/BACKUP/restore` | `{ confirm }`, the app's name → `Job` |
 * | `POST /api/apps/ID/backups/BACKUP/verify` | → `Job` |
 * | `POST /api/apps/ID/backups/BACKUP/download` | → `{ path }` that gives the file once, without the header |
 * | `GET /api/jobs/JOB` | → `Job` |
 * | `POST /api/logout` | → 204 |
 *
 * Whatever fails answers with `Failure`: 400 a malformed request, 401 no session, 403 a foreign one, 404, 409 what can't be
 * done now, 413, 422 a value at fault, 429 too many logins.
 */
export interface Failure {
  error: { code: string; message: string; hint?: string; details?: string[] };
  /** Of each variable of a refused `PUT`. */
  checks?: NamedCheck[];
}

export interface Overview {
  version: string;
  server: { running: boolean };
  plans: PlanFacts[];
  apps: AppSummary[];
}

export interface PlanFacts {
  name: PlanName;
  title: string;
  storageBytes: number;
  maxConnections: number;
  statementTimeoutMs: number;
}

/**
 * Where the app's DATABASE_URL comes from: a database that leash made here, one of a Pulumi stack, the user's own,
 * nowhere.
 */
export type DatabaseOrigin = "leash" | "stack" | "own" | "none";

export interface AppSummary {
  id: string;
  name: string;
  /** The folder that it was deployed from; empty where there is none. */
  directory: string;
  origin: DatabaseOrigin;
  /** Of the Leash database that it has, injected or not. */
  plan: PlanName | null;
  /** Null without a Leash database, or while its server is not reached. */
  usage: Usage | null;
}

export interface Variables {
  variables: Variable[];
  /** Sentences about what the last change has done. */
  says: string[];
}

export interface Variable {
  name: string;
  /** Without its secrets. */
  shown: string;
  /** Set by the user, or injected with the Leash database. */
  origin: "set" | "injected";
  check: VariableCheck;
}

export interface Assignments {
  variables: { name: string; value: string }[];
}

export interface NamedCheck extends VariableCheck {
  name: string;
}

/** In the order of the assignments. */
export interface Checks {
  checks: NamedCheck[];
}

export interface ParsedText {
  variables: ParsedVariable[];
  /** What of the text was left out, as sentences without a value in them. */
  notes: string[];
}

export interface ParsedVariable {
  name: string;
  value: string;
  check: VariableCheck;
  /** Beside what the user has set: the page does not know the values. */
  change: "new" | "changed" | "same";
}

export interface ConnectionTest {
  /** "PostgreSQL 16.4" */
  says: string;
  tls: boolean;
}

export interface Database {
  origin: DatabaseOrigin;
  /** Null where there is no Leash database. */
  database: DatabaseFacts | null;
}

export interface DatabaseFacts {
  id: string;
  plan: PlanName;
  /** Whether the plan and the password are changed here, or in the app's Pulumi stack. */
  managedBy: "leash" | "pulumi";
  pool: boolean;
  /** Without its password. */
  url: string;
  /** Null while the server is not reached; `problem` says why. */
  usage: Usage | null;
  problem: string | null;
  /** Oldest first: one for each hour that something was measured in, of the last seven days. */
  history: HistoryPoint[];
  sessions: SessionFacts[];
  /** What the guard did, newest first. */
  events: EventFacts[];
}

export interface HistoryPoint {
  /** The hour's beginning. */
  at: string;
  /** The most in that hour. */
  bytes: number;
  connections: number;
}

/** A connection that the app holds. */
export interface SessionFacts {
  state: string;
  /** Seconds in this state. */
  seconds: number;
  /** As the app named itself. */
  application: string;
}

export interface EventFacts {
  at: string;
  level: "info" | "warn" | "error";
  says: string;
  mend: string | null;
}

export interface Backups {
  backups: BackupFacts[];
  /** What restores have replaced and keep, newest first. */
  kept: { at: string; bytes: number; from: "restore" | "undo" }[];
  /** The last attempts' failure, where the newest ones failed. */
  failure: { failures: number; error: string } | null;
  /** "20 3 * * *, UTC" */
  schedule: string;
  retentionDays: number;
}

export interface BackupFacts {
  id: string;
  createdAt: string;
  bytes: number;
  sha256: string;
  verifiedAt: string | null;
  drilledAt: string | null;
  /** What the last drill found to differ. */
  drillFaults: number;
}

/** Work that takes a while; it goes on without the page. */
export interface Job {
  id: string;
  app: string;
  kind: "create-database" | "plan" | "rotate" | "backup" | "drill" | "verify" | "restore" | "undo";
  state: "running" | "done" | "failed";
  /** What it is at: "Restoring (40 %)". Of a job that is done: what came of it. */
  says: string;
  /** Of the whole, from 0 to 1, where that is known. */
  part: number | null;
  error: Failure["error"] | null;
}
