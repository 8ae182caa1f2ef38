import type { UrlForm } from "../connection/url-form";

export type Service = "postgresql" | "mongodb" | "redis";
export type Language = "node" | "python" | "go";

/** `uses`: the app's own manifests or config say so. `maybe`: either answer can be defended; the evidence says why. */
export type Verdict = "uses" | "maybe";

/** Where a fact was read. */
export interface Evidence {
  /** Path relative to the app's folder, with forward slashes. */
  file: string;
  /** 1-based. */
  line: number;
  /** The line's own words, trimmed. */
  text: string;
  /** What it tells: "driver psycopg", "framework flask". */
  says: string;
}

export interface DetectedService {
  service: Service;
  verdict: Verdict;
  /** Ids of rows of the driver table, in the table's order of priority. */
  drivers: string[];
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

/** How a driver wants to be connected: the URL forms it takes, or none when it has no socket support. */
export type DriverConnection = { kind: "socket"; forms: readonly UrlForm[] } | { kind: "bridge" };
