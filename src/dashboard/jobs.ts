import { randomUUID } from "node:crypto";
import type { App } from "../platform/app-store";
import type { Job } from "./api";
import { RequestError, toFault } from "./failure";

/** Ended jobs that are remembered. */
const kept = 200;

export interface JobWork {
  app: Pick<App, "id" | "name">;
  kind: Job["kind"];
  /** Returns what came of it, as a sentence. */
  work(progress: (text: string) => void, signal: AbortSignal): Promise<string>;
}

/** Work that outlives its request. One at a time for each app: what is there would be waited for anyway. */
export class Jobs {
  #jobs = new Map<string, Job>();
  #running = new Map<string, Promise<void>>();
  #interruption = new AbortController();
  #onFault: (error: unknown) => void;

  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  /** @throws RequestError 409 `dashboard/busy` */
  start({ app, kind, work }: JobWork): Job {
    const other = [...this.#jobs.values()].find((job) => job.app === app.id && job.state === "running");
    if (other) {
      throw new RequestError(409, "dashboard/busy", `Something else is being done for ${app.name}.`, {
        hint: "Wait until it has ended.",
      });
    }
    const job: Job = { id: randomUUID(), app: app.id, kind, state: "running", says: "", part: null, error: null };
    this.#jobs.set(job.id, job);
    this.#forget();
    this.#running.set(job.id, this.#run(job, work));
    return job;
  }

  /** @throws RequestError 404 `dashboard/no-job` */
  find(id: string): Job {
    const job = this.#jobs.get(id);
    if (job) return job;
    throw new RequestError(404, "dashboard/no-job", "There is no such job.");
  }

  /** Ends what is under way, and lets it tidy. */
  async stop(): Promise<void> {
    this.#interruption.abort(new RequestError(409, "dashboard/ended", "The dashboard was ended before this was done."));
    await Promise.all(this.#running.values());
  }

  async #run(job: Job, work: JobWork["work"]): Promise<void> {
    try {
      const says = await work(
        (text) => Object.assign(job, { says: text, part: partOf(text) }),
        this.#interruption.signal,
      );
      Object.assign(job, { state: "done", says, part: 1 });
    } catch (error) {
      Object.assign(job, { state: "failed", part: null, error: toFault(error) });
      if (job.error?.code === "internal") this.#onFault(error);
    } finally {
      this.#running.delete(job.id);
    }
  }

  #forget(): void {
    const ended = [...this.#jobs.values()].filter(({ state }) => state !== "running");
    for (const { id } of ended.slice(0, Math.max(0, ended.length - kept))) this.#jobs.delete(id);
  }
}

/** The platform tells its progress in words: "Restoring (40 %)". */
function partOf(text: string): number | null {
  const percent = /\((\d{1,3}) %\)/.exec(text)?.[1];
  return percent === undefined ? null : Number(percent) / 100;
}
