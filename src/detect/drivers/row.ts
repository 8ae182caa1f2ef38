import type { UrlForm } from "../../connection/url-form";
import type { DriverConnection, ReadVariable, Service, Verdict } from "../types";

/** What every row of the table has. */
interface PackageRow {
  /** The name that is shown: "Your app uses PostgreSQL (psycopg)". */
  id: string;
  /**
   * Package names as `normalizeX` of the ecosystem writes them (PEP 503; Go modules without major version). `name[extra]`
   * is the package asked for with that extra. Wrappers stand in the row of the driver that they bring along.
   */
  packages: readonly string[];
  /** PostgreSQL only; absent where nothing was measured: such a row does not narrow the URL's form. */
  connection?: DriverConnection;
}

/** A package that says by itself which service the app talks to. */
export interface DriverRow extends PackageRow {
  service: Service;
  verdict: Verdict;
  /** Where it reads its connection by itself. */
  variables?: readonly ReadVariable[];
  /** For `maybe`: what speaks against. */
  doubt?: string;
}

/** A library or framework whose own config says which database it speaks to: a file of this name in `configs/`. */
export type ConfigName =
  | ("prisma" | "drizzle" | "typeorm" | "sequelize" | "knex" | "mikro-orm" | "keystone")
  | ("django" | "rails" | "symfony" | "laravel" | "php" | "spring" | "ecto");

/** A package that speaks to many databases: it is no evidence by itself. */
export interface LibraryRow extends PackageRow {
  /** `driver`: the driver beside it decides, and the row only narrows the URL's form; else its config, if there is one. */
  decidedBy: "driver" | ConfigName;
  /** Packages that decide where the config can't be read; null is a service that Leash knows nothing of. */
  adapters?: Readonly<Record<string, Service | null>>;
  /** PostgreSQL is then a `maybe`, for this reason; without it an undecided library is as one that its driver decides. */
  undecided?: string;
}

export type Row = DriverRow | LibraryRow;

export function isLibrary(row: Row): row is LibraryRow {
  return "decidedBy" in row;
}

/** The connection of a driver that takes these URL forms over a unix socket. */
export function socket(...forms: UrlForm[]): DriverConnection {
  return { kind: "socket", forms };
}
