import type { CatalogSession } from "../tenancy/catalog";
import type { TenancyServer } from "../tenancy/session";
import type { Activity } from "./activity";
import type { GuardEvent } from "./events";
import type { GuardLimits } from "./limits";
import type { ShutOuts } from "./shut-out";
import type { Tenant } from "./tenants";

/** What the guard's parts work with. */
export interface Watch {
  server: TenancyServer;
  limits: GuardLimits;
  shutOuts: ShutOuts;
  tell(event: GuardEvent): void;
  /** What is known of the tenants is old. */
  tenantsChanged(): void;
  /** Tells that something was tried in vain. */
  fail(app: string | null, work: string, error: unknown): void;
}

/** One look at the server. */
export interface Look {
  /** The guard's own session, open for life: it needs no free slot when it is needed most. */
  session: CatalogSession;
  /** Monotonic, in milliseconds. */
  now: number;
  tenants: ReadonlyMap<string, Tenant>;
  activity: readonly Activity[];
}
