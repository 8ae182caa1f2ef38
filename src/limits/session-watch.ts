import { cancelMessage, terminateSession } from "./activity";
import { Ages } from "./ages";
import { endHoarders, endLockHoarders } from "./hoarders";
import { appOf, judgeSession, type Verdict } from "./sessions";
import type { Look, Watch } from "./watch";

/** Ends what takes longer than its plan allows, and what takes the server's common goods. */
export class SessionWatch {
  #watch: Watch;
  #ages = new Ages();
  /** What was ordered already, and told. */
  #ordered = new Set<string>();
  /** What a session last did, to tell idle ones that did something since. */
  #last = new Map<string, string>();

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  /**
   * @returns in how many milliseconds to look again at the latest, and the apps in which something runs, or ran since the
   * look before
   */
  async look(look: Look): Promise<{ soonestMs: number; active: Set<string> }> {
    this.#ages.begin(look.now);
    let soonestMs = Number.POSITIVE_INFINITY;
    const verdicts: Verdict[] = [];
    for (const activity of look.activity) {
      const verdict = judgeSession(activity, look.tenants, this.#ages, this.#watch.limits);
      if (typeof verdict === "number") soonestMs = Math.min(soonestMs, verdict);
      else verdicts.push(verdict);
    }
    this.#ages.end();
    for (const verdict of verdicts) await this.#execute(look, verdict);
    if (look.activity.length > 0) await endLockHoarders(this.#watch, look);
    if (verdicts.length > 0) soonestMs = Math.min(soonestMs, this.#watch.limits.cancelMs / 2);
    return { soonestMs, active: this.#noteActive(look) };
  }

  async #execute({ session }: Look, { activity, app, action, reason, ageMs, limitMs }: Verdict): Promise<void> {
    const { pid, backendStart, queryStart } = activity;
    const order = `${pid} ${backendStart} ${action} ${action === "cancel" ? queryStart : reason}`;
    if (action === "cancel") await cancelMessage(session, activity);
    else await terminateSession(session, activity);
    if (this.#ordered.has(order)) return;
    this.#ordered.add(order);
    const kind = { cancel: "statement-cancelled", terminate: "session-ended", "give-up": "unstoppable" } as const;
    const detail = { reason, pid, login: activity.user ?? "", ageMs: Math.round(ageMs), limitMs };
    this.#watch.tell({ kind: kind[action], app, detail });
  }

  #noteActive({ activity, tenants }: Look): Set<string> {
    const active = new Set<string>();
    const last = new Map<string, string>();
    for (const one of activity) {
      const app = appOf(one, tenants);
      if (app === undefined) continue;
      const session = `${one.pid} ${one.backendStart}`;
      const did = `${one.queryStart} ${one.stateChange}`;
      last.set(session, did);
      if (one.state !== "idle" || this.#last.get(session) !== did) active.add(app);
    }
    this.#last = last;
    for (const order of this.#ordered) {
      const [pid, day, time] = order.split(" ");
      if (!last.has(`${pid} ${day} ${time}`)) this.#ordered.delete(order);
    }
    return active;
  }

  /** What costs more to look at, and changes less. */
  async sweep(look: Look): Promise<void> {
    await this.#endIdleLogins(look);
    await endHoarders(this.#watch, look);
    await this.#endHostages(look);
  }

  /** Connections that never log in take the slots of those that would; PostgreSQL 18 and newer show them. */
  async #endIdleLogins({ session, activity }: Look): Promise<void> {
    const starting = activity.filter(({ state }) => state === "starting");
    const late = starting.filter(({ backendMs }) => backendMs > this.#watch.limits.loginMs);
    if (late.length === 0) return;
    const { rows } = await session.query<{ most: number }>(
      "SELECT pg_catalog.current_setting('max_connections')::int AS most",
    );
    if (activity.length < rows[0]!.most * 0.75) return;
    for (const one of late) await terminateSession(session, one);
    this.#watch.tell({ kind: "logins-ended", app: null, detail: { connections: late.length } });
  }

  /** A function in an index can hold every autovacuum worker, and then nobody's tables are vacuumed. */
  async #endHostages({ session, activity, tenants }: Look): Promise<void> {
    const workers = activity.filter(({ kind }) => kind === "autovacuum");
    if (workers.length === 0) return;
    const { rows } = await session.query<{ most: number }>(
      "SELECT pg_catalog.current_setting('autovacuum_max_workers')::int AS most",
    );
    if (workers.length < rows[0]!.most) return;
    for (const worker of workers.filter((one) => (one.transactionMs ?? 0) > this.#watch.limits.autovacuumMs)) {
      const app = worker.database !== null && tenants.has(worker.database) ? worker.database : null;
      if (app === null) continue;
      await terminateSession(session, worker);
      const detail = { pid: worker.pid, ageMs: Math.round(worker.transactionMs ?? 0) };
      this.#watch.tell({ kind: "autovacuum-ended", app, detail });
    }
  }
}
