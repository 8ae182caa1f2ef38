import type { UrlForm } from "../connection/url-form";

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

/** What of a connection a variable holds: the whole of it in one of three ways of writing, or a part. */
export type VariablePart =
  | "url"
  /** `jdbc:postgresql://host:port/database?user=…` */
  | "jdbc"
  /** `Host=…;Username=…`, as .NET writes it. */
  | "keywords"
  | "host"
  | "port"
  | "user"
  | "password"
  | "database";

/** An environment variable that the app reads its connection from. */
export interface ReadVariable {
  name: string;
  part: VariablePart;
}

export interface DetectedService {
  service: Service;
  verdict: Verdict;
  /** Ids of rows of the driver table, in the table's order of priority. */
  drivers: string[];
  /**
   * Ids of library rows (sqlalchemy, knex, …) that the app opens its connections through. They are no evidence of the
   * service, but they narrow the URL form: give `chooseConnection` both lists. Absent when there is none.
   */
  libraries?: string[];
  /** Environment variables that the app reads its URL from. */
  variables: string[];
  evidence: Evidence[];
}

/** What `leash detect --json` prints. */
export interface Detection {
  /** The app's name by its manifest, else its folder's name. */
  name: string;
  language: Language;
  framework: string | null;
  services: DetectedService[];
}

/**
 * How a driver wants to be connected.
 *
 * - `socket`: it takes a URL over a unix socket, in one of these forms.
 * - `bridge`: it speaks TCP only, and needs a bridge on the loopback.
 * - `hosted`: it speaks a protocol of its vendor's own (HTTP, WebSocket), so that neither a socket nor a bridge serves it.
 */
export type DriverConnection = { kind: "socket"; forms: readonly UrlForm[] } | { kind: "bridge" } | { kind: "hosted" };
