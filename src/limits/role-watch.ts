import { setTimeout as sleep } from "node:timers/promises";
import type { Difference } from "../tenancy/audit";
import { describeAppDatabase } from "../tenancy/describe";
import { claimOf, dropOneOff, listOneOffs } from "../tenancy/one-off";
import { holdOutside } from "../tenancy/reconcile";
import { isBlocked } from "../tenancy/session";
import { terminateSessionsOf } from "./activity";
import { auditTenants, readFingerprint, readTenantFingerprints } from "./drift";
import { SharedCatalog } from "./shared-catalog";
import type { Look, Watch } from "./watch";

const settleMs = 2_000;

/** An app may change its own role's settings and password at any time: what it was given is put back. */
export class RoleWatch {
  #watch: Watch;
  #fingerprint: string | undefined;
  #tenants = new Map<string, string>();
  #shared = new SharedCatalog();
  /** Nobody waits for it: an app's claim may be held for a minute, by a drop that a tenant keeps waiting. */
  #working: Promise<void> | undefined;

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  /** Whether anything in the catalog of roles and databases has changed. */
  async changed({ session }: Pick<Look, "session">): Promise<boolean> {
    const fingerprint = await readFingerprint(session);
    const changed = fingerprint !== this.#fingerprint;
    this.#fingerprint = fingerprint;
    return changed;
  }

  /** Begins what is to be done, unless it is under way. */
  begin(look: Look, { changed, leftovers }: { changed: boolean; leftovers: boolean }): void {
    if (this.#working) {
      if (changed) this.#fingerprint = undefined;
      return;
    }
    const work = async () => {
      if (changed) await this.#hold(look);
      if (leftovers) await this.#dropLeftovers(look);
    };
    this.#working = work()
      .catch((error) => this.#watch.fail(null, "put the roles right", error))
      .finally(() => {
        this.#working = undefined;
      });
  }

  /** Waits for what is under way, a little. */
  async settled(): Promise<void> {
    await Promise.race([this.#working, sleep(settleMs, undefined, { ref: false })]);
  }

  /** Puts right what differs, of the apps that have changed since the last time. */
  async #hold(look: Look): Promise<void> {
    const fingerprints = await readTenantFingerprints(look.session, look.tenants.values());
    const changed = [...look.tenants.values()].filter(({ id }) => fingerprints.get(id) !== this.#tenants.get(id));
    const failed = new Set<string>();
    await this.#holdShared(
      look,
      changed.map(({ id }) => id),
    );
    for (const { tenant, verifier, differences } of await auditTenants(look.session, changed)) {
      const { id, plan } = tenant;
      // Somebody works on it: the others don't wait for that.
      if (this.#watch.shutOuts.has(id) || (await isClaimed(look.session, `leash:${id}`))) {
        failed.add(id);
        continue;
      }
      try {
        const mend = () =>
          holdOutside(this.#watch.server, describeAppDatabase({ id, plan }), verifier ? { verifier } : undefined);
        const mended = await this.#pastTheApp(look, id, mend);
        if (mended.length > 0) this.#tellMended(id, mended);
      } catch (error) {
        failed.add(id);
        this.#watch.fail(id, `put right what was changed (${differences.map((d) => d.says).join(", ")})`, error);
      }
    }
    // What could not be mended is looked at again, and so is what the mending itself has changed.
    this.#tenants = new Map([...fingerprints].filter(([id]) => !failed.has(id)));
    if (failed.size > 0) this.#fingerprint = undefined;
  }

  async #holdShared({ session }: Look, apps: readonly string[]): Promise<void> {
    try {
      for (const app of await this.#shared.hold(session, apps)) {
        this.#watch.tell({ kind: "mended", app, detail: { differences: `role ${app} had settings of great length` } });
      }
    } catch (error) {
      this.#watch.fail(null, "clear the catalog of roles", error);
    }
  }

  /** An app can hold its own role in an open transaction; then that ends. */
  async #pastTheApp<Result>({ session }: Look, id: string, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      if (!isBlocked((error as { cause?: unknown }).cause ?? error)) throw error;
      await terminateSessionsOf(session, [id]);
      return work();
    }
  }

  #tellMended(app: string, differences: readonly Difference[]): void {
    const says = differences.map(({ subject, says }) => `${subject} ${says}`).join("; ");
    this.#watch.tell({ kind: "mended", app, detail: { differences: says } });
  }

  /** Drops one-off logins that a killed process left behind: nobody holds them, or their time is over. */
  async #dropLeftovers({ session, activity }: Look): Promise<void> {
    const oneOffs = await listOneOffs(this.#watch.server).catch((error) => {
      // Every slot of the server may be taken: the guard has its own and goes on.
      this.#watch.fail(null, "look for logins that were left behind", error);
      return [];
    });
    for (const oneOff of oneOffs) {
      if (!oneOff.expired && activity.some(({ user }) => user === oneOff.name)) continue;
      if (!oneOff.expired && (await isClaimed(session, claimOf(oneOff)))) continue;
      try {
        await dropOneOff(this.#watch.server, oneOff);
        this.#watch.tell({ kind: "one-off-removed", app: oneOff.app, detail: { login: oneOff.name } });
      } catch (error) {
        this.#watch.fail(oneOff.app, `remove the login ${oneOff.name}`, error);
      }
    }
  }
}

/** Whether somebody holds this claim of `alone()`. */
async function isClaimed(session: Look["session"], claim: string): Promise<boolean> {
  const { rows } = await session.query<{ free: boolean }>(
    `SELECT CASE WHEN pg_catalog.pg_try_advisory_lock(k) THEN pg_catalog.pg_advisory_unlock(k) ELSE false END AS free
       FROM pg_catalog.hashtextextended($1, 0) k`,
    [claim],
  );
  return !rows[0]!.free;
}
