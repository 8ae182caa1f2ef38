import type { ReadVariable } from "../connection/read-variables";
import type { UrlForm } from "../connection/url-form";

export type { ReadVariable, VariablePart } from "../connection/read-variables";

export type Service = "postgresql" | "mongodb" | "redis";
export type Language =
  | "node"
  | "python"
  | "go"
  | "ruby"
  | "php"
  | "java"
  | "kotlin"
  | "scala"
  | "clojure"
  | "dotnet"
  | "rust"
  | "elixir"
  | "dart"
  | "swift"
  | "crystal"
  | "haskell";

/** `uses`: the app's own manifests or config say so. `maybe`: either answer can be defended; the evidence says why. */
export type Verdict = "uses" | "maybe";

/** Where a fact was read. */
export interface Evidence {
  /** Path relative to the app's folder, with forward slashes. */
  file: string;
  /** 1-based. */
  line: number;
  /** The line's own words, trimmed; credentials in URLs are masked, and a very long line is cut. */
  text: string;
  /** What it tells: "driver psycopg". */
  says: string;
}

export interface DetectedService {
  service: Service;
  verdict: Verdict;
  /** Ids of rows of the driver table, in the table's order of priority; none where an example file alone says so. */
  drivers: string[];
  /**
   * Ids of library rows (sqlalchemy, knex, …) that the app opens its connections through. They are no evidence of the
   * service, but they narrow the URL form: give `chooseConnection` both lists. Absent when there is none.
   */
  libraries?: string[];
  /** Names of the environment variables that the app reads its connection from. */
  variables: string[];
  /** The same, with what each of them holds. */
  reads: ReadVariable[];
  evidence: Evidence[];
}

/** An extension of PostgreSQL's that the app will want. */
export interface Need {
  /** As `CREATE EXTENSION` names it. */
  extension: string;
  evidence: Evidence;
}

/** What `leash detect --json` prints. */
export interface Detection {
  /** The app's name by its manifest, else its folder's name. */
  name: string;
  language: Language;
  framework: string | null;
  services: DetectedService[];
  /** Only where the app may use PostgreSQL; absent where it wants none. */
  needs?: Need[];
}

/**
 * How a driver wants to be connected.
 *
 * - `socket`: it takes a URL over a unix socket, in one of these forms.
 * - `bridge`: it speaks TCP only, and needs a bridge on the loopback.
 * - `hosted`: it speaks a protocol of its vendor's own (HTTP, WebSocket), so that neither a socket nor a bridge serves it.
 */
export type DriverConnection = { kind: "socket"; forms: readonly UrlForm[] } | { kind: "bridge" } | { kind: "hosted" };
