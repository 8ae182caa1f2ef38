import type { AppSummary, DatabaseOrigin } from "../api";
import type { Tone } from "./parts/meter";

type StorageState = NonNullable<AppSummary["usage"]>["storage"]["state"];

/** What a database's standing is called, and what it means for the app. */
export const standings: Record<StorageState, { title: string; tone: Tone; means: string | null }> = {
  ok: { title: "Healthy", tone: "ok", means: null },
  warning: { title: "Nearly full", tone: "warn", means: "Delete rows, or take a larger plan below." },
  restricted: {
    title: "Restricted",
    tone: "error",
    means:
      "The plan's storage is used up: the app may read, DELETE and TRUNCATE. Below 80 % everything works again by itself; " +
      "for more room take a larger plan below.",
  },
  suspended: {
    title: "Suspended",
    tone: "error",
    means:
      "The database grew even while it was restricted, so the app may not log in. Make room with " +
      "`leash db shell --cleanup`, or take a larger plan below.",
  },
};

export const origins: Record<DatabaseOrigin, string> = {
  leash: "Leash database",
  stack: "Pulumi stack",
  own: "Your own database",
  none: "No database",
};

export const connectionsTone = (used: number, limit: number): Tone =>
  used >= limit ? "error" : used >= limit * 0.8 ? "warn" : "ok";
