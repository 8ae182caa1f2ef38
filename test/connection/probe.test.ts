import type { Socket } from "node:net";
import { inspect } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { probeUrl, withSession } from "../../src/connection/open";
import { LeashError } from "../../src/errors";
import { freePort } from "../support/free-port";
import { startListener, startTestServer, type TestServer } from "./support";

const secret = "Qz7Jk/p@ss";
const word = encodeURIComponent(secret);
let plain: TestServer;
let tls: TestServer;

beforeAll(async () => {
  [plain, tls] = await Promise.all([startTestServer({ tcp: true }), startTestServer({ tcp: true, tls: true })]);
  for (const server of [plain, tls]) {
    await withSession({ ...server, ...server.admin, database: "postgres" }, (session) =>
      session.query(`CREATE ROLE ada LOGIN PASSWORD ${pg.escapeLiteral(secret)}`),
    );
  }
});
afterAll(() => Promise.all([plain.stop(), tls.stop()]));

const url = (server: { port: number }, query = "", user = `ada:${word}`, database = "postgres") =>
  `postgresql://${user}@127.0.0.1:${server.port}/${database}${query}`;

async function refusal(text: string, timeoutMs = 5_000): Promise<LeashError> {
  const error = await probeUrl(text, { timeoutMs }).then(
    () => new Error("it was let in"),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LeashError);
  const all = inspect(error, { depth: 10, showHidden: true });
  for (const part of ["Qz7Jk", word]) expect(all).not.toContain(part);
  expect((error as LeashError).hint).toBeTruthy();
  return error as LeashError;
}

describe("probeUrl", () => {
  it.each<[string, "plain" | "tls", string, boolean]>([
    ["no sslmode", "plain", "", false],
    ["no sslmode", "tls", "", true],
    ["sslmode=disable", "tls", "?sslmode=disable", false],
    ["sslmode=allow", "tls", "?sslmode=allow", false],
    ["sslmode=prefer", "plain", "?sslmode=prefer", false],
    ["sslmode=prefer", "tls", "?sslmode=prefer", true],
    ["sslmode=require, which encrypts without verifying", "tls", "?sslmode=require", true],
    ["Neon's parameters", "tls", "?sslmode=require&channel_binding=require", true],
    ["options and unknown parameters", "tls", "?sslmode=require&options=-c%20geqo%3Doff&pgbouncer=true&schema=x", true],
    ["ssl=true", "tls", "?ssl=true", true],
  ])("connects with %s to a server that is %s", async (_, kind, query, encrypted) => {
    const server = kind === "tls" ? tls : plain;
    const found = await probeUrl(url(server, query));
    expect(found).toMatchObject({ host: "127.0.0.1", port: server.port, tls: encrypted });
    expect(found.serverVersion.startsWith(server.version)).toBe(true);
  });

  it("connects over a socket", async () => {
    const found = await probeUrl(`postgresql://ada:${word}@/postgres?host=${plain.socketDirectory}&port=${plain.port}`);
    expect(found.tls).toBe(false);
  });

  it("takes the second host when nothing listens at the first", async () => {
    const dead = await freePort();
    const found = await probeUrl(`postgres://ada:${word}@127.0.0.1:${dead},127.0.0.1:${plain.port}/postgres`);
    expect(found.port).toBe(plain.port);
  });

  it("takes the second host when the first says nothing", async () => {
    const silent = await startListener(() => {});
    const found = await probeUrl(url({ port: silent.port }).replace("/postgres", `,127.0.0.1:${plain.port}/postgres`), {
      timeoutMs: 2_000,
    });
    expect(found.port).toBe(plain.port);
    await silent.stop();
  });

  it.each<[string, string, () => string]>([
    ["url/refused-login", "a wrong password", () => url(plain, "", "ada:Qz7Jkwrong")],
    ["url/refused-login", "no password", () => url(plain, "", "ada")],
    ["url/refused-login", "an unknown user", () => url(tls, "", `bob:${word}`)],
    ["url/no-database", "an unknown database", () => url(plain, "", undefined, "nothing")],
    ["url/tls", "sslmode=require at a server without TLS", () => url(plain, "?sslmode=require")],
    ["url/tls", "a certificate that nobody signed", () => url(tls, "?sslmode=verify-full")],
    ["url/tls", "a file that is not there", () => url(tls, "?sslmode=verify-ca&sslrootcert=/nonexistent.pem")],
    ["url/unreachable", "a name that is none", () => `postgresql://ada:${word}@nothing.invalid/postgres`],
    ["url/unreachable", "a folder without a socket", () => `postgresql://ada:${word}@/postgres?host=/nonexistent`],
    ["url/wrong-service", "another service", () => `redis://:${word}@127.0.0.1`],
  ])("says %s for %s", async (code, _, text) => {
    expect((await refusal(text())).code).toBe(code);
  });

  it("says url/unreachable where nothing listens", async () => {
    expect((await refusal(url({ port: await freePort() }))).code).toBe("url/unreachable");
  });

  const hostile: [string, (socket: Socket) => void, Record<string, string>][] = [
    ["says nothing", () => {}, { disable: "url/timeout", prefer: "url/timeout", require: "url/timeout" }],
    ["trickles", trickle, { disable: "url/timeout", prefer: "url/unreachable", require: "url/unreachable" }],
    ["takes TLS and says no more", (socket) => socket.write("S"), { prefer: "url/timeout", require: "url/timeout" }],
    ["closes", (socket) => socket.end(), { disable: "url/unreachable", require: "url/unreachable" }],
    ["resets", (socket) => socket.resetAndDestroy(), { disable: "url/unreachable", require: "url/unreachable" }],
    ["is a web server", (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"), { require: "url/unreachable" }],
  ];
  it.each(hostile)("ends in time at a listener that %s", async (_, handle, codes) => {
    const listener = await startListener(handle);
    for (const [mode, code] of Object.entries(codes)) {
      const start = performance.now();
      expect([mode, (await refusal(url(listener, `?sslmode=${mode}`), 600)).code]).toEqual([mode, code]);
      expect(performance.now() - start).toBeLessThan(5_000);
    }
    await listener.stop();
  });

  it("warns of nothing, and lets no PG* variable in", async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on("warning", listen);
    const hostileVariables = {
      PGOPTIONS: "-c nonsense=1",
      PGSSLMODE: "disable",
      PGPASSWORD: "x",
      PGREPLICATION: "true",
    };
    Object.assign(process.env, hostileVariables);
    try {
      expect((await probeUrl(url(tls, "?sslmode=require"))).tls).toBe(true);
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      for (const name of Object.keys(hostileVariables)) delete process.env[name];
      process.off("warning", listen);
    }
    expect(warnings).toEqual([]);
  });
});

/** The beginning of a message that never ends, byte by byte. */
function trickle(socket: Socket): void {
  socket.write("R");
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    else socket.write("\x01");
  }, 20);
}
