import { identifier } from "../tenancy/sql";
import { terminateSessionsOf } from "./activity";
import type { Look, Watch } from "./watch";

/**
 * Who takes what all apps need again and again, faster than it can be taken back, may not log in for a while. Nothing of
 * this is remembered: the next guard finds a connection limit that differs from the plan's, and puts it right.
 */
export class ShutOuts {
  #watch: Pick<Watch, "limits" | "tell" | "fail">;
  #offences = new Map<string, number[]>();
  #until = new Map<string, number>();

  constructor(watch: Pick<Watch, "limits" | "tell" | "fail">) {
    this.#watch = watch;
  }

  /** Whether an app is kept out; its connection limit is then not to be put right. */
  has(app: string): boolean {
    return (this.#until.get(app) ?? 0) > performance.now();
  }

  /** Notes that an app's session had to be ended, and shuts the app out when that has become a habit. */
  async note(session: Look["session"], app: string): Promise<void> {
    const { offences, offenceMs } = this.#watch.limits;
    const now = performance.now();
    const recent = [...(this.#offences.get(app) ?? []).filter((at) => now - at < offenceMs), now];
    this.#offences.set(app, recent);
    if (recent.length < offences || this.has(app)) return;
    await terminateSessionsOf(session, [app]);
    try {
      // The app may hold its own role: that is no reason to wait here.
      await session.query(`SET LOCAL lock_timeout = '300ms'; ALTER ROLE ${identifier(app)} CONNECTION LIMIT 0`);
    } catch (error) {
      this.#watch.fail(app, "shut the app out", error);
      return;
    }
    this.#until.set(app, now + offenceMs);
    this.#offences.delete(app);
    // Who has logged in meanwhile.
    await terminateSessionsOf(session, [app]);
    this.#watch.tell({ kind: "shut-out", app, detail: { forMs: offenceMs } });
  }
}
