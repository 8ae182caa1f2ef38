import type { LibraryRow } from "../drivers/row";
import type { Faults } from "../faults";
import type { FileView } from "../file-view";
import type { ManifestReading } from "../manifests/manifest";
import type { Place } from "../place";
import type { Service } from "../types";

/** What the config of a library that speaks to many databases says. */
export interface Decision {
  /** null: a database that Leash has nothing to do with (sqlite, mysql, …). */
  service: Service | null;
  /** Environment variables that its URL is read from. */
  variables: string[];
  place: Place;
}

/** One library's config: where it stands and how it is read. */
export interface ConfigReader {
  /** The library rows (`decidedBy`) that it decides. */
  decides: Exclude<LibraryRow["decidedBy"], "driver">;
  /** The first decision that the app's files hold; undefined when none can be read. */
  read(app: AppFiles): Decision | undefined;
}

export interface AppFiles {
  view: FileView;
  /** The names in the app's folder. */
  names: readonly string[];
  readings: readonly ManifestReading[];
  faults: Faults;
}
