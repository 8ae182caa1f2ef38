import fs from "node:fs";
import http from "node:http";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { GuardListener } from "../limits/guard";
import type { Tenant } from "../limits/tenants";
import type { Standing } from "../tenancy/describe";
import { BackupMetrics } from "./backup-metrics";

const longestSilenceMs = 30_000;
const standings: readonly Standing[] = ["open", "restricted", "suspended"];

/** What the agent counts and measures, by app id, and hears it from the guard. */
export class AgentMetrics implements GuardListener {
  readonly registry = new Registry();
  readonly backups = new BackupMetrics(this.registry, () => {
    this.#lookedAt = performance.now();
  });
  #events = new Counter({
    name: "leash_guard_events_total",
    help: "What the guard did and saw, by kind; app is empty for what is the server's.",
    labelNames: ["kind", "app"],
    registers: [this.registry],
  });
  #looks = new Histogram({
    name: "leash_guard_look_seconds",
    help: "How long a look at the server takes.",
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2],
    registers: [this.registry],
  });
  #lastLook = new Gauge({
    name: "leash_guard_last_look_timestamp_seconds",
    help: "When the guard last looked at the server.",
    registers: [this.registry],
  });
  #apps = new Gauge({ name: "leash_apps", help: "Apps on the server.", registers: [this.registry] });
  #connections = this.#perApp("leash_app_connections", "Sessions of the app.");
  #connectionLimit = this.#perApp("leash_app_connections_limit", "Sessions that the app's plan allows.");
  #storage = this.#perApp("leash_app_storage_bytes", "What the app's data takes beyond an empty database.");
  #storageLimit = this.#perApp("leash_app_storage_limit_bytes", "What the app's plan allows.");
  #standing = new Gauge({
    name: "leash_app_standing",
    help: "1 for how the app stands: open, restricted or suspended.",
    labelNames: ["app", "standing"],
    registers: [this.registry],
  });
  #known = new Map<string, Standing>();
  #connected: string[] = [];
  #lookedAt = performance.now();

  constructor() {
    // The library's own default metrics measure the event loop, which wakes a process a hundred times a second.
    const { registry } = this;
    new Gauge({
      name: "process_resident_memory_bytes",
      help: "What the agent holds in memory.",
      registers: [registry],
      collect() {
        this.set(process.memoryUsage.rss());
      },
    });
    new Gauge({
      name: "process_cpu_seconds_total",
      help: "What the agent has computed.",
      registers: [registry],
      collect() {
        const { user, system } = process.cpuUsage();
        this.set((user + system) / 1e6);
      },
    });
  }

  onEvent: NonNullable<GuardListener["onEvent"]> = ({ kind, app }) => this.#events.inc({ kind, app: app ?? "" });

  onLook: NonNullable<GuardListener["onLook"]> = (tookMs, tenants, sessions) => {
    this.#looks.observe(tookMs / 1000);
    this.#lastLook.setToCurrentTime();
    this.#lookedAt = performance.now();
    this.#apps.set(tenants.size);
    for (const id of this.#known.keys()) if (!tenants.has(id)) this.#forget(id);
    for (const app of this.#connected) if (!sessions.has(app) && tenants.has(app)) this.#connections.set({ app }, 0);
    for (const [app, count] of sessions) if (tenants.has(app)) this.#connections.set({ app }, count);
    this.#connected = [...sessions.keys()];
    // Most of a thousand apps are as they were a second ago.
    for (const [app, { limits, standing }] of tenants) {
      if (this.#known.get(app) === standing) continue;
      if (!this.#known.has(app)) this.#connections.set({ app }, sessions.get(app) ?? 0);
      this.#known.set(app, standing);
      this.#connectionLimit.set({ app }, limits.maxConnections);
      for (const one of standings) this.#standing.set({ app, standing: one }, one === standing ? 1 : 0);
    }
  };

  onSize: NonNullable<GuardListener["onSize"]> = ({ id, limits }: Tenant, usedBytes) => {
    this.#storage.set({ app: id }, usedBytes);
    this.#storageLimit.set({ app: id }, limits.storageBytes);
  };

  /** Whether the server is seen. */
  looks(): boolean {
    return performance.now() - this.#lookedAt < longestSilenceMs;
  }

  #perApp(name: string, help: string): Gauge<"app"> {
    return new Gauge({ name, help, labelNames: ["app"], registers: [this.registry] });
  }

  #forget(app: string): void {
    this.#known.delete(app);
    for (const gauge of [this.#connections, this.#connectionLimit, this.#storage, this.#storageLimit])
      gauge.remove({ app });
    for (const standing of standings) this.#standing.remove({ app, standing });
  }
}

/** Where metrics are to be had: a unix socket, or an address. */
export type MetricsAddress = { socket: string } | { host: string; port: number };

/** Serves `GET /metrics` in Prometheus' text format, and `GET /healthz`, which is 503 once nobody looks any more. */
export async function serveMetrics(metrics: AgentMetrics, address: MetricsAddress): Promise<http.Server> {
  const server = http.createServer((request, response) => {
    if (request.method === "GET" && request.url === "/metrics") {
      const { registry } = metrics;
      registry.metrics().then(
        (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
    } else if (request.method === "GET" && request.url === "/healthz") {
      const [status, says] = metrics.looks() ? [200, "ok"] : [503, "the server is not seen"];
      response.writeHead(status, { "content-type": "text/plain" }).end(`${says}\n`);
    } else {
      response.writeHead(404).end();
    }
  });
  const file = "socket" in address && !address.socket.startsWith("\0") ? address.socket : undefined;
  if (file) fs.rmSync(file, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen("socket" in address ? { path: address.socket } : address, resolve);
  });
  if (file) fs.chmodSync(file, 0o600);
  return server;
}
