import { spawn } from "node:child_process";
import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Job } from "../../src/dashboard/api";
import { cli, type Sandbox } from "./sandbox";

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects
  json: any;
}

export interface RawRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

/** A dashboard as a process, and a client of it that is no browser. */
export interface RunningDashboard {
  port: number;
  host: string;
  /** The link that it printed, which works once. */
  link: string;
  /** What it said on stderr. */
  said(): string;
  /** A request as it is: nothing is added but what HTTP needs. */
  raw(path: string, request?: RawRequest): Promise<Answer>;
  /** Takes the link; the headers that a session's requests carry. */
  login(): Promise<Record<string, string>>;
  /** Ends it as Ctrl-C does; returns its exit code. */
  stop(): Promise<number | null>;
}

export async function startDashboard(sandbox: Sandbox, args: string[] = ["--port", "0"]): Promise<RunningDashboard> {
  const child = spawn(process.execPath, [cli, "dashboard", "--no-open", ...args], {
    cwd: sandbox.directory,
    env: sandbox.env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [printed, said] = ["", ""];
  child.stdout.on("data", (chunk) => {
    printed += chunk;
  });
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const early = ended.then((code) => {
    throw new Error(`the dashboard ended with ${code}: ${said}`);
  });
  early.catch(() => {});
  while (!printed.includes("\n")) await Promise.race([sleep(20), early]);
  const link = printed.trim();
  const { host, port, pathname } = new URL(link);
  const raw: RunningDashboard["raw"] = (path, request = {}) => send(Number(port), path, { ...request, host });
  return {
    ...{ port: Number(port), host, link, raw, said: () => said },
    async login() {
      const { status, headers, body } = await raw(pathname);
      if (status !== 200) throw new Error(`the link was answered with ${status}: ${body}`);
      const cookie = headers["set-cookie"]![0]!.split(";")[0]!;
      return { cookie, "x-leash-token": /name="leash-token" content="([^"]+)"/.exec(body)![1]! };
    },
    stop() {
      child.kill("SIGINT");
      return ended;
    },
  };
}

function send(
  port: number,
  path: string,
  { method = "GET", headers = {}, body, host }: RawRequest & { host: string },
): Promise<Answer> {
  // Kept alive, as a browser's are: a client that asks to close may lose an answer that comes before its body was read.
  const agent = new http.Agent({ keepAlive: true });
  return new Promise<Answer>((resolve, reject) => {
    const request = http.request(
      { host: "127.0.0.1", port, path, method, headers: { host, ...headers }, setHost: false, agent },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          const isJson = response.headers["content-type"]?.startsWith("application/json");
          const json = isJson && text !== "" ? JSON.parse(text) : undefined;
          resolve({ status: response.statusCode!, headers: response.headers, body: text, json });
        });
      },
    );
    request.on("error", reject);
    request.end(body);
  }).finally(() => agent.destroy());
}

/** Requests of a session, as the page makes them. */
export function client({ raw }: RunningDashboard, session: Record<string, string>) {
  const ask = (method: string) => (path: string, body?: unknown) =>
    raw(path, {
      method,
      headers: { ...session, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const post = ask("POST");
  return {
    session,
    ...{ get: ask("GET"), post, put: ask("PUT"), delete: ask("DELETE") },
    /** Waits for the end of a job that a request started. */
    async job(started: Answer): Promise<Job> {
      if (started.status !== 202) throw new Error(`no job: ${started.status} ${started.body}`);
      for (;;) {
        const { json } = await ask("GET")(`/api/jobs/${started.json.id}`);
        if (json.state !== "running") return json;
        await sleep(100);
      }
    },
  };
}
