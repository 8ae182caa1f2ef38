import { Hono } from "hono";
import { planNames, plans } from "../../plans";
import { databaseVariable, hasLeashUrl, usesStackDatabase } from "../../platform/app-environment";
import { type App, listApps } from "../../platform/app-store";
import { serverStatus } from "../../platform/server";
import type { AppSummary, DatabaseOrigin, Overview, PlanFacts } from "../api";
import type { Desk } from "../desk";

export function overviewRoutes(desk: Desk): Hono {
  return new Hono().get("/overview", async (context) => {
    const usages = await desk.usages.read();
    const overview: Overview = {
      version: desk.version,
      server: { running: serverStatus(desk.home).running },
      plans: planNames.map(planFacts),
      apps: listApps(desk.home).map((app): AppSummary => {
        const { id, name, directory } = app;
        return { id, name, directory, origin: originOf(app), plan: planOf(app), usage: usages.get(id) ?? null };
      }),
    };
    return context.json(overview);
  });
}

function planFacts(name: (typeof planNames)[number]): PlanFacts {
  const { title, storageBytes, maxConnections, statementTimeoutMs } = plans[name];
  return { name, title, storageBytes, maxConnections, statementTimeoutMs };
}

export function originOf(app: App): DatabaseOrigin {
  if (hasLeashUrl(app)) return usesStackDatabase(app) ? "stack" : "leash";
  return Object.hasOwn(app.environment, databaseVariable) ? "own" : "none";
}

function planOf({ database, stack }: App): AppSummary["plan"] {
  return [database, stack].find((made) => made?.state === "ready")?.plan ?? null;
}
