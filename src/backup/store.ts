import type { Manifest } from "./manifest";

/** A dump that can be read from a file of this machine. */
export interface OpenedDump {
  file: string;
  /** Removes what was copied for it. */
  release(): Promise<void>;
}

export interface StoredBackups {
  /** Newest first. */
  backups: Manifest[];
  /** What lies there with a manifest's name and is none; for people. */
  broken: string[];
}

/**
 * Where backups are kept. Every file is named by an app's id and a backup's id, whole: no pattern ever decides what is
 * removed. A backup is there when its manifest is, which comes last and goes first.
 */
export interface BackupStore {
  /** Where it is, for people; no secret. */
  readonly description: string;
  /** All backups, or those of one app; one whose dump is not there whole is no verified one. @throws LeashError `backup/store-…` */
  list(app?: string): Promise<StoredBackups>;
  /** The folder in which an app's next dump is to be made, on this machine. */
  workspace(app: string): Promise<string>;
  /** Takes in a dump that is whole and on disk; the file goes. The backup is there when this returns, or not at all. */
  add(manifest: Manifest, file: string): Promise<void>;
  /** Changes what is known of a backup that is there. */
  save(manifest: Manifest): Promise<void>;
  open(manifest: Manifest): Promise<OpenedDump>;
  remove(manifest: Manifest): Promise<void>;
  /** Removes what killed runs have left of an app; nobody else may be working on the app's backups. */
  tidy(app: string): Promise<void>;
}
