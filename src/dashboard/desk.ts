import type { Context } from "hono";
import type { Manifest } from "../backup/manifest";
import { type App, listApps } from "../platform/app-store";
import type { Home } from "../platform/home";
import type { Job } from "./api";
import { RequestError } from "./failure";
import type { Jobs, JobWork } from "./jobs";
import type { Tickets } from "./tickets";
import type { UsageReader } from "./usage-reader";

/** What the routes work with. */
export interface Desk {
  readonly home: Home;
  readonly version: string;
  readonly usages: UsageReader;
  readonly jobs: Jobs;
  readonly tickets: Tickets<Manifest>;
}

/** The app of a request's path, as it is now. @throws RequestError 404 `app/not-found` */
export function appOf({ home }: Desk, context: Context): App {
  const id = context.req.param("app");
  const app = listApps(home).find((one) => one.id === id);
  if (app) return app;
  throw new RequestError(404, "app/not-found", "There is no such app here any more.");
}

/** Starts work on an app; whatever it changes is read anew. */
export function startJob({ jobs, usages }: Desk, app: App, kind: Job["kind"], work: JobWork["work"]): Job {
  return jobs.start({
    ...{ app, kind },
    async work(progress, signal) {
      try {
        return await work(progress, signal);
      } finally {
        usages.forget();
      }
    },
  });
}

/** @throws RequestError 422 `dashboard/not-confirmed` unless the app's name was typed */
export function assertConfirmed(app: App, typed: string): void {
  if (typed.normalize("NFC").trim() === app.name) return;
  throw new RequestError(422, "dashboard/not-confirmed", "That is not the app's name; nothing was done.", {
    hint: `Type ${app.name}.`,
  });
}
