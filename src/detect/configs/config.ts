import type { ConfigName } from "../drivers/row";
import type { Faults } from "../faults";
import type { FileView } from "../file-view";
import type { ManifestReading } from "../manifests/manifest";
import type { Place } from "../place";
import type { ReadVariable, Service } from "../types";

/** What the config of a library that speaks to many databases says. */
export interface Decision {
  /** null: a database that Leash has nothing to do with (sqlite, mysql, …). */
  service: Service | null;
  /** It says nothing of a database, but that the app is set to do without this service, whose driver it may have. */
  without?: Service;
  /** What speaks against: it makes a `maybe` of it. */
  doubt?: string;
  /** Environment variables that the connection is read from. */
  variables: readonly ReadVariable[];
  /** The line that says so. */
  place: Place;
}

/** One library's config: where it stands and how it is read. */
export interface ConfigReader {
  /** The library rows (`decidedBy`) that it decides. */
  decides: ConfigName;
  /** What the app's files say, one for each service; nothing where no config can be read or none says anything. */
  read(app: AppFiles): readonly Decision[];
}

export interface AppFiles {
  view: FileView;
  /** The names in the app's folder. */
  names: readonly string[];
  readings: readonly ManifestReading[];
  faults: Faults;
}
