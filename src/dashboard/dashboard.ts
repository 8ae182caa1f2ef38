import { Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import type { Manifest } from "../backup/manifest";
import type { Home } from "../platform/home";
import type { Desk } from "./desk";
import { RequestError, statusOf, toFailure } from "./failure";
import { Jobs } from "./jobs";
import { loginPage, Page, refusalPage } from "./page";
import { assertMeant, limitBody, ownRequestsOnly, secureHeaders } from "./protection";
import { backupRoutes, sendBackup } from "./routes/backups";
import { databaseRoutes } from "./routes/database";
import { overviewRoutes } from "./routes/overview";
import { variableRoutes } from "./routes/variables";
import { Sessions } from "./session";
import { Tickets } from "./tickets";
import { UsageReader } from "./usage-reader";

export interface DashboardOptions {
  home: Home;
  version: string;
  /** The folder of the page's files. */
  page: string;
  /** The addresses that the server is asked by, as a `Host` header has them; known once it listens. */
  hosts: () => readonly string[];
  /** Tells cookies of several dashboards apart: ports share them. */
  port: () => number;
  /** Hears of what nobody foresaw. */
  onFault: (error: unknown) => void;
}

/** The web application, without a socket. */
export interface Dashboard {
  fetch: Hono["fetch"];
  /** The path of a new one-time link. */
  createLink(): string;
  /** Ends the jobs that are under way. */
  stop(): Promise<void>;
}

export function createDashboard(options: DashboardOptions): Dashboard {
  const { home, version, hosts, onFault } = options;
  const sessions = new Sessions();
  const jobs = new Jobs(onFault);
  const tickets = new Tickets<Manifest>();
  const desk: Desk = { home, version, jobs, tickets, usages: new UsageReader(home) };
  const page = new Page(options.page);
  const cookie = () => `leash_session_${options.port()}`;

  const api = new Hono()
    .use(async (context, next) => {
      const token = context.req.header("x-leash-token");
      const found = sessions.check({ cookie: getCookie(context, cookie()), token });
      if (found === "ok") return next();
      const [status, code] = found === "none" ? ([401, "no-session"] as const) : ([403, "no-token"] as const);
      throw new RequestError(status, `dashboard/${code}`, "This session has ended, or never was.", {
        hint: "`leash dashboard` prints a new link.",
      });
    })
    .route("/", overviewRoutes(desk))
    .route("/", variableRoutes(desk))
    .route("/", databaseRoutes(desk))
    .route("/", backupRoutes(desk))
    .get("/jobs/:job", (context) => context.json(jobs.find(context.req.param("job"))))
    .post("/logout", (context) => {
      sessions.end(getCookie(context, cookie()));
      deleteCookie(context, cookie(), { path: "/" });
      return context.body(null, 204);
    });

  const app = new Hono()
    .use(secureHeaders)
    .use(ownRequestsOnly(hosts))
    .use(limitBody)
    .get("/login/:secret", assertMeant, (context) => {
      const login = sessions.login(context.req.param("secret"));
      if (login === "too-many") {
        throw new RequestError(429, "dashboard/too-many-logins", "Too many wrong links were tried.", {
          hint: "Wait a minute.",
        });
      }
      if (login === "refused") {
        throw new RequestError(401, "dashboard/old-link", "This link was used already, or is too old.", {
          hint: "`leash dashboard` prints a new one.",
        });
      }
      setCookie(context, cookie(), login.cookie, { httpOnly: true, sameSite: "Strict", path: "/" });
      return context.html(loginPage(login.token));
    })
    .get("/download/:ticket", assertMeant, (context) => {
      // The page asked for the ticket with its token; the browser fetches it with the cookie alone.
      if (sessions.check({ cookie: getCookie(context, cookie()) }) === "none") {
        throw new RequestError(401, "dashboard/no-session", "This session has ended, or never was.");
      }
      return sendBackup(desk, context);
    })
    .route("/api", api)
    .get("*", (context) => page.answer(context) ?? context.notFound());

  app.notFound((context) => {
    const error = new RequestError(404, "dashboard/not-found", "There is nothing here.");
    return context.json(toFailure(error), 404);
  });
  app.onError((error, context) => {
    const status = statusOf(error);
    if (status === 500) onFault(error);
    if (status === 429) context.header("retry-after", "60");
    const isShown = context.req.path.startsWith("/login/") && context.req.header("accept")?.includes("text/html");
    if (isShown && error instanceof RequestError) return context.html(refusalPage(error), status);
    return context.json(toFailure(error), status);
  });

  return {
    fetch: app.fetch,
    createLink: () => `/login/${sessions.createLink()}`,
    async stop() {
      await jobs.stop();
      await desk.usages.close();
    },
  };
}
