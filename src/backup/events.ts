import type { BackedUpApp } from "./ground";
import type { Manifest } from "./manifest";

/** What the scheduler did and saw. */
export interface BackupEvent {
  kind: BackupEventKind;
  /** The app's id; null for what concerns all of them. */
  app: string | null;
  /** What people call the app, where that is known. */
  name: string | null;
  detail: Record<string, string | number>;
}

export const backupEventKinds = {
  "backup-made": { level: "info", alarm: false },
  "backup-expired": { level: "info", alarm: false },
  "backup-failed": { level: "error", alarm: true },
  /** The newest good backup is older than the schedule allows. */
  "backup-stale": { level: "error", alarm: true },
  /** A backup came after one that was told as stale or failed. */
  "backup-recovered": { level: "info", alarm: true },
  "drill-done": { level: "info", alarm: false },
  "drill-failed": { level: "error", alarm: true },
  /** What a killed restore or drill had left was dropped. */
  "leftover-dropped": { level: "info", alarm: false },
  /** The store, or the server, can't be read. */
  "backups-blind": { level: "error", alarm: true },
} as const satisfies Record<string, { level: "info" | "error"; alarm: boolean }>;

export type BackupEventKind = keyof typeof backupEventKinds;

/** Hears what the scheduler does and sees. */
export interface BackupListener {
  onEvent?(event: BackupEvent): void;
  /** After each look: what there is of each app, newest first. */
  onLook?(
    apps: readonly BackedUpApp[],
    backups: ReadonlyMap<string, readonly Manifest[]>,
    stale: ReadonlySet<string>,
  ): void;
}
