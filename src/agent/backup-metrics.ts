import { Counter, Gauge, type Registry } from "prom-client";
import type { BackupListener } from "../backup/events";

/** What is known of backups, by app id. */
export class BackupMetrics implements BackupListener {
  #events: Counter<"kind" | "app">;
  #stale: Gauge<"app">;
  #newest: Gauge<"app">;
  #bytes: Gauge<"app">;
  #count: Gauge<"app">;
  #drilled: Gauge<"app">;
  #known: string[] = [];
  #looked: () => void;

  constructor(registry: Registry, looked: () => void) {
    this.#looked = looked;
    const registers = [registry];
    const perApp = (name: string, help: string) => new Gauge({ name, help, labelNames: ["app"], registers });
    this.#events = new Counter({
      name: "leash_backup_events_total",
      help: "What the backups did and saw, by kind; app is empty for what concerns all of them.",
      labelNames: ["kind", "app"],
      registers,
    });
    this.#stale = perApp("leash_backup_stale", "1 where the newest good backup is older than the schedule allows.");
    this.#newest = perApp(
      "leash_backup_last_success_timestamp_seconds",
      "When the newest good backup was begun; 0 for none.",
    );
    this.#bytes = perApp("leash_backup_bytes", "What the newest good backup takes.");
    this.#count = perApp("leash_backups", "Backups that are kept.");
    this.#drilled = perApp(
      "leash_backup_last_drill_timestamp_seconds",
      "When a backup was last restored on trial; 0 for never.",
    );
  }

  onEvent: NonNullable<BackupListener["onEvent"]> = ({ kind, app }) => this.#events.inc({ kind, app: app ?? "" });

  onLook: NonNullable<BackupListener["onLook"]> = (apps, backups, stale) => {
    this.#looked();
    const gauges = [this.#stale, this.#newest, this.#bytes, this.#count, this.#drilled];
    for (const app of this.#known) for (const gauge of gauges) gauge.remove({ app });
    this.#known = apps.map(({ id }) => id);
    const seconds = (time: string | null | undefined) => (time ? Date.parse(time) / 1000 : 0);
    for (const app of this.#known) {
      const kept = backups.get(app) ?? [];
      const newest = kept.find(({ verifiedAt }) => verifiedAt !== null);
      this.#stale.set({ app }, stale.has(app) ? 1 : 0);
      this.#newest.set({ app }, seconds(newest?.startedAt));
      this.#bytes.set({ app }, newest?.bytes ?? 0);
      this.#count.set({ app }, kept.length);
      this.#drilled.set({ app }, Math.max(0, ...kept.map(({ drilledAt }) => seconds(drilledAt))));
    }
  };
}
