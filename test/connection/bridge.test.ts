import net from "node:net";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Bridge, startBridge } from "../../src/connection/bridge";
import { buildBridgeEnvironment, buildBridgeUrl, type Credentials } from "../../src/connection/credentials";
import { withSession } from "../../src/connection/open";
import { sleep, startTestServer, type TestServer } from "./support";

const id = "app_test";
let server: TestServer;
let app: Credentials;
let bridge: Bridge;

beforeAll(async () => {
  server = await startTestServer({ settings: ["max_connections = 120"] });
  app = { id, password: "p/w@1", socketDirectory: server.socketDirectory, port: server.port };
  await withSession({ ...app, ...server.admin, database: "postgres" }, async (session) => {
    await session.query(`CREATE ROLE ${id} LOGIN PASSWORD 'p/w@1'`);
    await session.query(`CREATE DATABASE ${id}`);
  });
});
afterAll(() => server.stop());
beforeEach(async () => {
  bridge = await startBridge({ socketPath: server.socketPath, role: id });
});
afterEach(() => bridge.close());

async function connect(url = buildBridgeUrl(app, bridge.port)): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  return client;
}

/** Sends bytes and gives what comes back until the other side closes, or `ms` have passed. */
function exchange(bytes: Buffer | Buffer[], { port = bridge.port, ms = 5_000 } = {}): Promise<Buffer> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    let got = Buffer.alloc(0);
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(got);
    };
    const timer = setTimeout(done, ms);
    socket.on("data", (chunk: Buffer) => {
      got = Buffer.concat([got, chunk]);
    });
    socket.on("error", done).on("end", done);
    socket.on("connect", async () => {
      for (const part of [bytes].flat()) {
        socket.write(part);
        await sleep(1);
      }
    });
  });
}

function packet(code: number, body: Buffer | string = ""): Buffer {
  const tail = Buffer.from(body);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + tail.length, 0);
  head.writeUInt32BE(code, 4);
  return Buffer.concat([head, tail]);
}
const v3 = 196_608;
const startup = (...words: string[]) => packet(v3, `${words.map((word) => `${word}\0`).join("")}\0`);
const good = () => startup("user", id, "database", id);
const tls = packet(80_877_103);
const gss = packet(80_877_104);
/** The server's AuthenticationSASL: the packet was let through. */
const letThrough = (answer: Buffer) => answer.includes("SCRAM-SHA-256");

describe("the bridge, to real clients", () => {
  it("serves by its URL and by its PG* variables", async () => {
    const client = await connect();
    expect((await client.query("SELECT current_user AS who")).rows).toEqual([{ who: id }]);
    await client.end();
    const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE, PGSSLMODE } = buildBridgeEnvironment(app, bridge.port);
    expect({ PGHOST, PGSSLMODE, PGDATABASE }).toEqual({ PGHOST: "127.0.0.1", PGSSLMODE: "disable", PGDATABASE: id });
    const byParts = new pg.Client({
      host: PGHOST!,
      port: Number(PGPORT),
      user: PGUSER!,
      password: PGPASSWORD!,
      database: id,
    });
    await byParts.connect();
    await byParts.end();
  });

  it("serves a role in a database of another name, and in no other", async () => {
    await withSession({ ...app, ...server.admin, database: "postgres" }, async (session) => {
      await session.query("CREATE ROLE one_off LOGIN PASSWORD 'p/w@1'");
    });
    const own = await startBridge({ socketPath: server.socketPath, role: "one_off", database: id });
    try {
      const other = { ...app, user: "one_off" };
      const client = await connect(buildBridgeUrl(other, own.port));
      const { rows } = await client.query("SELECT current_user AS who, current_database() AS database");
      expect(rows).toEqual([{ who: "one_off", database: id }]);
      await client.end();
      expect(buildBridgeEnvironment(other, own.port)).toMatchObject({ PGUSER: "one_off", PGDATABASE: id });
      for (const words of [
        ["user", "one_off", "database", "one_off"],
        ["user", id, "database", id],
        ["user", "one_off"],
      ]) {
        const answer = await exchange(startup(...words), { port: own.port });
        expect(answer.toString(), words.join(" ")).toContain("this bridge is for one_off alone");
      }
    } finally {
      await own.close();
    }
  });

  it("leaves the password's check to the server", async () => {
    await expect(connect(buildBridgeUrl({ ...app, password: "wrong" }, bridge.port))).rejects.toMatchObject({
      code: "28P01",
    });
  });

  it("carries rows and values of 10 MB, also to a slow reader", async () => {
    const client = await connect();
    const big = "x".repeat(10 * 1024 ** 2);
    const { rows } = await client.query<{ text: string }>("SELECT $1 || $1 AS text", [big]);
    expect(rows[0]?.text.length).toBe(2 * big.length);
    const rest = await client.query("SELECT repeat('y', 1000) AS t FROM generate_series(1, 20000)");
    expect(rest.rowCount).toBe(20_000);
    await client.end();
  });

  it("passes a cancel request", async () => {
    const client = await connect();
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const running = client.query("SELECT pg_sleep(30)");
    running.catch(() => {});
    await sleep(200);
    const key = Buffer.alloc(8);
    key.writeInt32BE(processID, 0);
    key.writeInt32BE(secretKey, 4);
    await exchange(packet(80_877_102, key));
    await expect(running).rejects.toMatchObject({ code: "57014" });
    await client.end();
  });

  it("lets 50 in at once and tells the next one, and has room again when one leaves", async () => {
    const clients = await Promise.all(Array.from({ length: 50 }, () => connect()));
    await expect(connect()).rejects.toMatchObject({ code: "53300" });
    await clients.pop()?.end();
    await sleep(100);
    clients.push(await connect());
    for (const client of clients) await client.end();
  });

  it("ends every connection when it closes, and listens no more", async () => {
    const client = await connect();
    const running = client.query("SELECT pg_sleep(30)");
    running.catch(() => {});
    await bridge.close();
    await expect(running).rejects.toThrow();
    await expect(connect()).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await bridge.close();
  });

  it("tells a client when the server ends its session, and leaves nothing behind", async () => {
    const client = await connect();
    const { rows } = await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    const ended = new Promise<void>((resolve) => client.once("end", () => resolve()));
    const count = () =>
      withSession({ ...app, ...server.admin, database: "postgres" }, async (admin) => {
        await admin.query("SELECT pg_terminate_backend($1)", [rows[0]?.pid]);
        await ended;
        return (await admin.query("SELECT 1 FROM pg_stat_activity WHERE usename = $1", [id])).rowCount;
      });
    expect(await count()).toBe(0);
  });

  it("says so when there is no server", async () => {
    const lonely = await startBridge({ socketPath: "/nonexistent/.s.PGSQL.5432", role: id });
    await expect(connect(buildBridgeUrl(app, lonely.port))).rejects.toMatchObject({ code: "08006" });
    await lonely.close();
  });

  it("listens on the loopback interface alone", async () => {
    const answer = await new Promise<string>((resolve) => {
      const socket = net.connect({ port: bridge.port, host: "127.0.0.2" });
      socket
        .on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? ""))
        .on("connect", () => resolve("in"));
    });
    expect(answer).toBe("ECONNREFUSED");
  });
});

describe("the bridge, to packets", () => {
  it("lets the app's own startup packet through, with or without a database", async () => {
    expect(letThrough(await exchange(good(), { ms: 500 }))).toBe(true);
    expect(letThrough(await exchange(startup("user", id), { ms: 500 }))).toBe(true);
    expect(letThrough(await exchange(startup("user", id, "database", id, "options", "-c x.y="), { ms: 500 }))).toBe(
      true,
    );
  });

  it("says N to encryption and goes on, in any order and in one piece or byte by byte", async () => {
    for (const bytes of [Buffer.concat([tls, gss, good()]), Buffer.concat([gss, tls, good()])]) {
      for (const parts of [bytes, [...bytes].map((byte) => Buffer.from([byte]))]) {
        const answer = await exchange(parts, { ms: 800 });
        expect(answer.subarray(0, 2).toString()).toBe("NN");
        expect(letThrough(answer)).toBe(true);
      }
    }
  });

  it.each<[string, string, () => Buffer]>([
    ["another user", "28000", () => startup("user", "postgres", "database", id)],
    ["another database", "28000", () => startup("user", id, "database", "postgres")],
    ["a second user that overrides the first", "28000", () => startup("user", id, "user", "postgres", "database", id)],
    ["a second database", "28000", () => startup("user", id, "database", id, "database", "postgres")],
    ["no user", "28000", () => startup("database", id)],
    ["nothing", "28000", () => startup()],
    ["replication", "28000", () => startup("user", id, "database", id, "replication", "database")],
    ["replication=false", "28000", () => startup("user", id, "replication", "false")],
    ["a name that only begins like the role", "28000", () => startup("user", `${id}x`)],
    ["a name in other case", "28000", () => startup("user", id.toUpperCase())],
    ["protocol 2", "0A000", () => packet(131_072, `${id}\0`)],
    ["protocol 4", "0A000", () => packet(262_144, `user\0${id}\0\0`)],
    ["no closing zero", "08P01", () => packet(v3, `user\0${id}\0`)],
    ["no zero at all", "08P01", () => packet(v3, "user")],
    ["an empty body", "08P01", () => packet(v3)],
    ["an odd number of words", "08P01", () => packet(v3, `user\0${id}\0database\0\0`)],
    ["words behind the end of the list", "08P01", () => packet(v3, `user\0${id}\0\0user\0postgres\0\0`)],
    ["a length of 0", "08P01", () => Buffer.alloc(8)],
    ["a length past the limit", "08P01", () => Buffer.from([0, 0, 0x27, 0x11, 0, 3, 0, 0])],
    ["a length of 4 GB", "08P01", () => Buffer.alloc(8, 255)],
    ["a web browser", "08P01", () => Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
    ["a TLS client that did not ask", "08P01", () => Buffer.from("16030100f0010000ec0303", "hex")],
    ["a request for TLS twice", "08P01", () => Buffer.concat([tls, tls])],
    ["a cancel request of a wrong length", "0A000", () => packet(80_877_102, "1234")],
  ])("refuses %s with %s", async (_, sqlState, bytes) => {
    const answer = await exchange(bytes());
    const text = answer.toString("latin1").replace(/^N+/, "");
    expect(text[0]).toBe("E");
    expect(text).toContain(`\0C${sqlState}\0`);
    expect(Buffer.from(text, "latin1").readUInt32BE(1)).toBe(text.length - 1);
    expect(letThrough(answer)).toBe(false);
  });

  it("takes a startup packet of 10,000 bytes", async () => {
    const empty = startup("user", id, "application_name", "").length;
    expect(
      letThrough(await exchange(startup("user", id, "application_name", "x".repeat(10_000 - empty)), { ms: 500 })),
    ).toBe(true);
  });

  it("stands random bytes, and clients that go away at any point", async () => {
    const whole = Buffer.concat([tls, good()]);
    const attempts = [];
    for (let i = 0; i < 60; i++) {
      const bytes = i % 2 ? Buffer.from(whole.subarray(0, i % whole.length)) : Buffer.from(whole);
      if (i % 2 === 0) bytes[(i * 7) % bytes.length] = (i * 37) % 256;
      attempts.push(exchange(bytes, { ms: 50 }));
    }
    await Promise.all(attempts);
    await (await connect()).end();
  });

  it("closes a client that does not send its packet in time", async () => {
    const start = performance.now();
    await exchange(good().subarray(0, 9), { ms: 15_000 });
    const waited = performance.now() - start;
    expect(waited).toBeGreaterThan(9_000);
    expect(waited).toBeLessThan(12_000);
  });
});
