import type {
  Assignments,
  Backups,
  Checks,
  ConnectionTest,
  Database,
  Failure,
  Job,
  NamedCheck,
  Overview,
  ParsedText,
  Variables,
} from "../api";
import { recall, remember } from "./state/memory";
import { createStore } from "./state/store";
import { tokenKey } from "./token";

type PlanName = Overview["plans"][number]["name"];

/** `gone`: nothing answers. `ended`: the server knows no such session. */
export const connection = createStore<"ok" | "gone" | "ended">(recall(tokenKey) ? "ok" : "ended");

/** A new login in another tab of this browser serves this one too. */
export function followLogins(): void {
  addEventListener("storage", (event) => {
    if (event.key === tokenKey) connection.set(event.newValue ? "ok" : "ended");
  });
}

/** What the server refused, in its words. */
export class RequestError extends Error {
  constructor(
    readonly status: number,
    readonly error: Failure["error"],
    readonly checks: NamedCheck[] = [],
  ) {
    super(error.message);
  }
}

/** What to show of anything that went wrong. */
export function failureOf(error: unknown): Failure["error"] {
  if (error instanceof RequestError) return error.error;
  return { code: "dashboard/unreachable", message: "The dashboard does not answer.", hint: "Is it still running?" };
}

async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { "x-leash-token": recall(tokenKey) ?? "" };
  if (body !== undefined) headers["content-type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(`/api/${path}`, {
      ...{ method, headers, cache: "no-store", redirect: "error" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    if (connection.get() === "ok") connection.set("gone");
    throw error;
  }
  const ended = response.status === 401 || response.status === 403;
  connection.set(ended ? "ended" : "ok");
  if (response.status === 204) return undefined as T;
  const answer: unknown = await response.json().catch(() => null);
  if (response.ok && answer !== null) return answer as T;
  const failure = answer as Partial<Failure> | null;
  const error = failure?.error ?? {
    code: "dashboard/unreadable",
    message: `The dashboard's answer (${response.status}) can't be read.`,
  };
  throw new RequestError(response.status, error, failure?.checks);
}

const appPath = (app: string, rest: string) => `apps/${encodeURIComponent(app)}/${rest}`;
const variable = (app: string, name: string, rest = "") => appPath(app, `variables/${encodeURIComponent(name)}${rest}`);
const backup = (app: string, id: string, rest: string) => appPath(app, `backups/${encodeURIComponent(id)}/${rest}`);

/** The requests of `api.ts`. */
export const api = {
  overview: () => request<Overview>("GET", "overview"),
  variables: (app: string) => request<Variables>("GET", appPath(app, "variables")),
  check: (app: string, body: Assignments) => request<Checks>("POST", appPath(app, "variables/check"), body),
  parse: (app: string, text: string) => request<ParsedText>("POST", appPath(app, "variables/parse"), { text }),
  store: (app: string, body: Assignments & { skipCheck?: true }) =>
    request<Variables>("PUT", appPath(app, "variables"), body),
  remove: (app: string, name: string) => request<Variables>("DELETE", variable(app, name)),
  reveal: (app: string, name: string) => request<{ value: string }>("POST", variable(app, name, "/reveal")),
  test: (app: string, name: string) => request<ConnectionTest>("POST", variable(app, name, "/test")),
  database: (app: string) => request<Database>("GET", appPath(app, "database")),
  createDatabase: (app: string, plan: PlanName) => request<Job>("POST", appPath(app, "database"), { plan }),
  databaseUrl: (app: string) => request<{ value: string }>("POST", appPath(app, "database/url")),
  changePlan: (app: string, plan: PlanName) => request<Job>("PUT", appPath(app, "database/plan"), { plan }),
  rotate: (app: string) => request<Job>("POST", appPath(app, "database/rotate")),
  backups: (app: string) => request<Backups>("GET", appPath(app, "backups")),
  backUp: (app: string) => request<Job>("POST", appPath(app, "backups")),
  drill: (app: string) => request<Job>("POST", appPath(app, "backups/drill")),
  undo: (app: string, confirm: string) => request<Job>("POST", appPath(app, "backups/undo"), { confirm }),
  restore: (app: string, id: string, confirm: string) => request<Job>("POST", backup(app, id, "restore"), { confirm }),
  verify: (app: string, id: string) => request<Job>("POST", backup(app, id, "verify")),
  download: (app: string, id: string) => request<{ path: string }>("POST", backup(app, id, "download")),
  job: (id: string) => request<Job>("GET", `jobs/${encodeURIComponent(id)}`),
};

/** Ends the session; also where nothing answers, this browser forgets it. */
export async function logOut(): Promise<void> {
  await request<void>("POST", "logout").catch(() => undefined);
  remember(tokenKey, null);
  connection.set("ended");
}
