import type { TableDocument } from "../documents/document";
import type { Faults } from "../faults";
import type { FileView } from "../file-view";
import type { Place } from "../place";
import type { Language } from "../types";

/**
 * When a dependency is installed: `runtime` always, `optional` only when somebody asks for it (an extra, a group),
 * `development` not where the app runs.
 */
export type Scope = "runtime" | "optional" | "development";

export interface Dependency {
  /** Normalised as its ecosystem compares names. */
  name: string;
  /** Normalised too; empty outside Python. */
  extras: readonly string[];
  scope: Scope;
  /** It is a folder's beside the app, whatever a registry has by that name. */
  ofFolder?: boolean;
  /** It comes by way of another module of the same build. */
  ofModule?: boolean;
  place: Place;
}

/** What one manifest says. */
export interface ManifestReading {
  language: Language;
  /** The app's name, where the manifest gives one. */
  name?: string;
  /**
   * What others would require it by, where that is not its name, normalised: a driver's own repository is no app that
   * uses it.
   */
  provides?: string;
  dependencies: Dependency[];
  /** Go's `// indirect`: nobody's word, but what imports may show to be the app's own. */
  indirect?: readonly Dependency[];
  /** Folders of packages beside it that it is built with, relative to its own. */
  local?: readonly string[];
  /** Configs of its neighbours that it takes along where it runs, relative to its own folder. */
  settings?: readonly string[];
  /** The document itself, where other parsers ask it for their settings (`package.json#prisma`). */
  document?: TableDocument;
}

/** One kind of manifest: how it is found in the app's folder, and how it is read. */
export interface ManifestKind {
  /** As the user knows it: "requirements*.txt". */
  title: string;
  /** The files of this kind, of the names that stand in the app's folder; in the order in which they are read. */
  find(view: FileView, names: readonly string[]): string[];
  /**
   * Reads the files that `find` found; faults of one file do not keep the others from being read.
   * @throws LeashError a fault of the file
   */
  read(view: FileView, file: string, faults: Faults): ManifestReading;
}

/** `find` of a manifest that has one fixed name. */
export function named(name: string): ManifestKind["find"] {
  return (_view, names) => (names.includes(name) ? [name] : []);
}
