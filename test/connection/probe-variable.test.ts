import type { Socket } from "node:net";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { probeVariable } from "../../src/connection/probe-variable";
import { LeashError } from "../../src/errors";
import { freePort } from "../support/free-port";
import { missingTool } from "../support/go-tools";
import { startMongodb, startSpokenMongodb, type TestMongodb } from "../support/mongodb";
import { missingRedis, startRedis, type TestRedis } from "../support/redis";
import { sleep, startListener } from "./support";

const secret = "Qz7Jk/p@s:s%";
const word = encodeURIComponent(secret);

async function refusal(url: string, timeoutMs = 5_000): Promise<LeashError> {
  const start = performance.now();
  const error = await probeVariable(url, { timeoutMs }).then(
    () => new Error("it was let in"),
    (thrown: unknown) => thrown,
  );
  expect(performance.now() - start).toBeLessThan(timeoutMs + 1_500);
  expect(error).toBeInstanceOf(LeashError);
  const all = inspect(error, { depth: 10, showHidden: true });
  for (const part of ["Qz7Jk", word]) expect(all).not.toContain(part);
  expect((error as LeashError).hint).toBeTruthy();
  return error as LeashError;
}

const hostile: [string, (socket: Socket) => void, string][] = [
  ["says nothing", (socket) => socket.resume(), "url/timeout"],
  ["closes", (socket) => socket.end(), "url/unreachable"],
  ["resets", (socket) => socket.resetAndDestroy(), "url/unreachable"],
  ["is a web server", (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"), "url/unreachable"],
  ["trickles", (socket) => trickle(socket), "url/timeout"],
];

describe.skipIf(missingRedis())("probeVariable with a real Redis", () => {
  let open: TestRedis;
  let closed: TestRedis;
  let full: TestRedis;
  beforeAll(async () => {
    const bob = ["--user", "bob", "on", `>${secret}`, "~*", "-@all"];
    [open, closed, full] = await Promise.all([
      startRedis(),
      startRedis("--requirepass", secret, ...bob),
      startRedis("--maxclients", "1"),
    ]);
  });
  afterAll(() => Promise.all([open?.stop(), closed?.stop(), full?.stop()]));

  it.each<[string, () => string, boolean, RegExp]>([
    ["no password", () => `redis://127.0.0.1:${open.port}`, false, /^Redis \d+\.\d+\.\d+$/],
    ["a database's number", () => `redis://127.0.0.1:${open.port}/15`, false, /^Redis \d/],
    ["a number as redis-py takes it", () => `redis://127.0.0.1:${open.port}/?db=3`, false, /^Redis \d/],
    ["the user default", () => `redis://default:${word}@127.0.0.1:${closed.port}`, false, /^Redis \d/],
    ["a password alone", () => `redis://:${word}@127.0.0.1:${closed.port}/1`, false, /^Redis \d/],
    ["a user who may do nothing", () => `redis://bob:${word}@127.0.0.1:${closed.port}`, false, /^Redis$/],
    ["redis-cli around it", () => `redis-cli -u redis://:${word}@127.0.0.1:${closed.port}`, false, /^Redis \d/],
    ["TLS unchecked", () => `rediss://:${word}@127.0.0.1:${closed.tlsPort}?ssl_cert_reqs=none`, true, /^Redis \d/],
  ])("connects with %s", async (_, url, tls, says) => {
    expect(await probeVariable(url())).toEqual({ service: "redis", tls, says: expect.stringMatching(says) });
  });

  it.each<[string, string, () => string, RegExp]>([
    ["url/refused-login", "a wrong password", () => `redis://:Qz7Jkwrong@127.0.0.1:${closed.port}`, /WRONGPASS/],
    ["url/refused-login", "no password", () => `redis://127.0.0.1:${closed.port}`, /asks for a password/],
    ["url/refused-login", "an unknown user", () => `redis://eve:${word}@127.0.0.1:${closed.port}`, /of "eve"/],
    ["url/refused-login", "a password where there is none", () => `redis://:${word}@127.0.0.1:${open.port}`, /refused/],
    ["url/no-database", "a number past the last", () => `redis://127.0.0.1:${open.port}/99`, /no database "99"/],
    [
      "url/tls",
      "a certificate that nobody signed",
      () => `rediss://:${word}@127.0.0.1:${closed.tlsPort}`,
      /SELF_SIGNED/,
    ],
    ["url/unreachable", "no TLS where there is nothing else", () => `redis://127.0.0.1:${closed.tlsPort}`, /closed/],
    ["url/unreachable", "a name that is none", () => `redis://:${word}@nothing.invalid`, /nothing\.invalid:6379/],
    ["url/no-tls", "a fault of its shape", () => `redis://:${word}@x.upstash.io`, /Upstash/],
  ])("says %s for %s", async (code, _, url, message) => {
    const error = await refusal(url());
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it("says url/timeout, and what it may be, for TLS where there is none", async () => {
    const error = await refusal(`rediss://:${word}@127.0.0.1:${open.port}`, 800);
    expect(error).toMatchObject({ code: "url/timeout", hint: expect.stringMatching(/no TLS/) });
  });

  it("says url/too-many-connections where every place is taken, and leaves none taken itself", async () => {
    const url = `redis://127.0.0.1:${full.port}`;
    // Each attempt has ended when it has been answered: the one place is free again.
    for (let times = 0; times < 3; times++) {
      expect((await probeVariable(url)).service).toBe("redis");
      await sleep(100);
    }
    const { connect } = await import("node:net");
    const holder = connect(full.port, "127.0.0.1");
    await new Promise((resolve) => holder.once("connect", resolve));
    await sleep(100);
    expect((await refusal(url)).code).toBe("url/too-many-connections");
    holder.destroy();
  });

  it("says url/unreachable where nothing listens", async () => {
    expect((await refusal(`redis://:${word}@127.0.0.1:${await freePort()}`)).code).toBe("url/unreachable");
  });
});

describe("probeVariable at a listener that is no Redis", () => {
  it.each(hostile)("ends in time where it %s, and hangs up", async (_, handle, code) => {
    const listener = await startListener(handle);
    expect((await refusal(`redis://:${word}@127.0.0.1:${listener.port}`, 700)).code).toBe(code);
    await sleep(100);
    expect([...listener.sockets].filter(({ readyState }) => readyState === "open")).toHaveLength(0);
    await listener.stop();
  });

  it("ends in time where the answer never ends", async () => {
    const listener = await startListener((socket) => {
      socket.write("$2000000000\r\n");
      const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write("x".repeat(65_536))), 5);
    });
    expect((await refusal(`redis://127.0.0.1:${listener.port}`, 700)).code).toBe("url/timeout");
    await listener.stop();
  });
});

describe.skipIf(missingTool("ferretdb"))("probeVariable with FerretDB, which speaks MongoDB's protocol", () => {
  let server: TestMongodb;
  beforeAll(async () => {
    server = await startMongodb({ user: "ada", password: secret });
  }, 900_000);
  afterAll(() => server?.stop());

  it.each<[string, () => string, boolean]>([
    ["a login", () => `mongodb://ada:${word}@127.0.0.1:${server.port}/`, false],
    ["a database and its authSource", () => `mongodb://ada:${word}@127.0.0.1:${server.port}/x?authSource=admin`, false],
    ["directConnection", () => `mongodb://ada:${word}@127.0.0.1:${server.port}/?directConnection=true`, false],
    ["mongosh around it", () => `mongosh "mongodb://ada:${word}@127.0.0.1:${server.port}/"`, false],
    ["compression that is not here", () => `mongodb://ada:${word}@127.0.0.1:${server.port}/?compressors=zstd`, false],
    ["TLS unchecked", () => `mongodb://ada:${word}@127.0.0.1:${server.tlsPort}/?tls=true&tlsInsecure=true`, true],
  ])("connects with %s", async (_, url, tls) => {
    const found = await probeVariable(url());
    expect(found).toEqual({ service: "mongodb", tls, says: expect.stringMatching(/^MongoDB \d+\.\d+/) });
  });

  it.each<[string, string, () => string, RegExp]>([
    ["url/refused-login", "a wrong password", () => `mongodb://ada:Qz7Jkwrong@127.0.0.1:${server.port}/`, /of "ada"/],
    ["url/refused-login", "an unknown user", () => `mongodb://eve:${word}@127.0.0.1:${server.port}/`, /of "eve"/],
    ["url/refused-login", "no authSource", () => `mongodb://ada:${word}@127.0.0.1:${server.port}/x`, /refused/],
    [
      "url/tls",
      "a certificate that nobody signed",
      () => `mongodb://ada:${word}@127.0.0.1:${server.tlsPort}/?tls=true`,
      /SELF_SIGNED/,
    ],
    [
      "url/unreachable",
      "no TLS where it is wanted",
      () => `mongodb://ada:${word}@127.0.0.1:${server.tlsPort}/`,
      /closed/,
    ],
    [
      "url/unreachable",
      "a name that is none",
      () => `mongodb://ada:${word}@nothing.invalid/`,
      /nothing\.invalid:27017/,
    ],
    [
      "url/unreachable",
      "a name without SRV",
      () => `mongodb+srv://ada:${word}@c.nothing.invalid/`,
      /c\.nothing\.invalid/,
    ],
    ["url/srv-port", "a fault of its shape", () => `mongodb+srv://ada:${word}@c.nothing.invalid:1/`, /port/],
  ])("says %s for %s", async (code, _, url, message) => {
    const error = await refusal(url());
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it("says url/timeout, and what it may be, for TLS where there is none", async () => {
    const error = await refusal(`mongodb://ada:${word}@127.0.0.1:${server.port}/?tls=true`, 800);
    expect(error).toMatchObject({ code: "url/timeout", hint: expect.stringMatching(/no TLS/) });
  });

  it("says where a user may have been made", async () => {
    expect((await refusal(`mongodb://ada:${word}@127.0.0.1:${server.port}/x`)).hint).toContain("authSource=admin");
  });

  it("says at once that nothing listens, though the driver would go on trying", async () => {
    const start = performance.now();
    const url = `mongodb://ada:${word}@127.0.0.1:${await freePort()},127.0.0.1:${await freePort()}/?replicaSet=rs0`;
    expect((await refusal(url, 20_000)).code).toBe("url/unreachable");
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});

describe("probeVariable with what speaks the outside of MongoDB's protocol", () => {
  const hello = { ok: 1, helloOk: true, isWritablePrimary: true, maxWireVersion: 21, minWireVersion: 0 };
  const greet = (command: Record<string, unknown>) =>
    "hello" in command || "ismaster" in command || "isMaster" in command ? hello : undefined;

  it("takes a server that keeps its version to itself", async () => {
    const server = await startSpokenMongodb((command) => {
      if ("buildInfo" in command) return { ok: 0, code: 13, codeName: "Unauthorized", errmsg: "not allowed" };
      return greet(command) ?? { ok: 1 };
    });
    expect((await probeVariable(`mongodb://127.0.0.1:${server.port}/`)).says).toBe("MongoDB");
    await server.stop();
  });

  it.each([
    [8000, "AtlasError", "bad auth : authentication failed", "url/refused-login"],
    [18, "AuthenticationFailed", `no password ${secret} here`, "url/refused-login"],
    [262, "ExceededTimeLimit", "too busy", "url/server-error"],
  ])("tells code %i, %s", async (code, codeName, errmsg, expected) => {
    const server = await startSpokenMongodb((command) => greet(command) ?? { ok: 0, code, codeName, errmsg });
    expect((await refusal(`mongodb://ada:${word}@127.0.0.1:${server.port}/`)).code).toBe(expected);
    await server.stop();
  });

  it.each(hostile)("ends in time at a listener that %s", async (_, handle, code) => {
    const listener = await startListener(handle);
    expect((await refusal(`mongodb://ada:${word}@127.0.0.1:${listener.port}/`, 700)).code).toBe(code);
    await listener.stop();
  });

  it("is not made to write a log by the shell, and warns of nothing", async () => {
    const warnings: Error[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on("warning", listen);
    process.env.MONGODB_LOG_ALL = "trace";
    const written: string[] = [];
    const { write } = process.stderr;
    process.stderr.write = ((text: string) => written.push(String(text)) > 0) as typeof write;
    const server = await startSpokenMongodb((command) => greet(command) ?? { ok: 1 });
    try {
      await probeVariable(`mongodb://127.0.0.1:${server.port}/`);
      expect(process.env.MONGODB_LOG_ALL).toBe("trace");
    } finally {
      process.stderr.write = write;
      delete process.env.MONGODB_LOG_ALL;
      process.off("warning", listen);
      await server.stop();
    }
    expect([written, warnings]).toEqual([[], []]);
  });
});

/** The beginning of an answer that never ends, byte by byte. */
function trickle(socket: Socket): void {
  socket.write("+");
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    else socket.write("\x01");
  }, 20);
}
