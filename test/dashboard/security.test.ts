import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultPort } from "../../src/dashboard/serve";
import { type Answer, client, type RunningDashboard, startDashboard } from "../support/dashboard";
import { createSandbox, type Sandbox } from "../support/sandbox";

const secret = "s3cr3t-marker-0d9f";
const hostileName = `<img src=x onerror="alert(1)">"'&`;
const hostileApp = `evil </script><script>alert(1)</script> & "co"`;

/** Numbers that are the same at each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("the dashboard, asked by whoever", () => {
  let sandbox: Sandbox;
  let dashboard: RunningDashboard;
  let session: Record<string, string>;
  let app: string;
  beforeAll(async () => {
    sandbox = createSandbox();
    const cwd = sandbox.app("evil", { "package.json": '{"name":"evil"}' });
    const set = await sandbox.leash(["env", "set", "API_KEY", "--app", hostileApp], { cwd, input: secret });
    expect(set.exitCode, set.stderr).toBe(0);
    dashboard = await startDashboard(sandbox);
    session = await dashboard.login();
    app = (await dashboard.raw("/api/overview", { headers: session })).json.apps[0].id;
  });
  afterAll(async () => {
    await dashboard?.stop();
    await sandbox?.dispose();
  });

  const paths = () => [
    "/api/overview",
    `/api/apps/${app}/variables`,
    `/api/apps/${app}/database`,
    `/api/apps/${app}/backups`,
    "/api/jobs/nothing",
  ];
  const expectFailure = ({ status, json }: Answer, wanted: number, code: string) =>
    expect({ status, code: json?.error?.code }).toEqual({ status: wanted, code });

  it("is said by --help to be on the port that it takes", async () => {
    const { stdout } = await sandbox.leash(["dashboard", "--help"]);
    expect(stdout.replace(/\s+/g, " ")).toContain(`(default: ${defaultPort}, or a free one where that is taken)`);
  });

  it("listens on the loopback address alone", async () => {
    const others = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []);
    const reachable = others.filter(({ address, family }) => family === "IPv4" && !address.startsWith("127."));
    for (const { address } of reachable) {
      const error = await new Promise<unknown>((resolve) => {
        const socket = net.connect(dashboard.port, address, () => resolve(undefined)).on("error", resolve);
        socket.unref();
      });
      expect(error, address).toMatchObject({ code: "ECONNREFUSED" });
    }
  });

  it("knows nobody without the cookie, nor by the cookie without the page's token", async () => {
    const { cookie } = session;
    for (const path of paths()) {
      expectFailure(await dashboard.raw(path), 401, "dashboard/no-session");
      expectFailure(
        await dashboard.raw(path, { headers: { cookie: "leash_session_1=x" } }),
        401,
        "dashboard/no-session",
      );
      expectFailure(await dashboard.raw(path, { headers: { cookie: cookie! } }), 403, "dashboard/no-token");
      const headers = { cookie: cookie!, "x-leash-token": "guessed" };
      expectFailure(await dashboard.raw(path, { headers }), 403, "dashboard/no-token");
      const onlyToken = { "x-leash-token": session["x-leash-token"]! };
      expectFailure(await dashboard.raw(path, { headers: onlyToken }), 401, "dashboard/no-session");
    }
  });

  it("refuses another host's name, which a rebound DNS entry would bring", async () => {
    const { port } = dashboard;
    for (const host of [
      "evil.example",
      `evil.example:${port}`,
      "127.0.0.1",
      `127.0.0.1:${port + 1}`,
      `[::1]:${port}`,
    ]) {
      const answer = await dashboard.raw("/api/overview", { headers: { ...session, host } });
      expectFailure(answer, 403, "dashboard/wrong-host");
    }
    for (const host of ["", `127.0.0.1:${port}.`, `127.0.0.1:${port}@evil.example`, `evil.example/127.0.0.1:${port}`]) {
      const { status } = await dashboard.raw("/api/overview", { headers: { ...session, host } });
      expect([400, 403], host).toContain(status);
    }
    const asLocalhost = { ...session, host: `localhost:${dashboard.port}` };
    expect((await dashboard.raw("/api/overview", { headers: asLocalhost })).status).toBe(200);
  });

  it("refuses another page's requests, with all of the session's headers", async () => {
    const origins = [
      "http://evil.example",
      "null",
      `https://${dashboard.host}`,
      `http://localhost:${dashboard.port + 1}`,
    ];
    for (const origin of origins) {
      for (const method of ["GET", "POST", "PUT", "DELETE"]) {
        const answer = await dashboard.raw("/api/overview", { method, headers: { ...session, origin } });
        expectFailure(answer, 403, "dashboard/wrong-origin");
      }
    }
    const headers = { ...session, "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" };
    expectFailure(await dashboard.raw("/api/overview", { headers }), 403, "dashboard/wrong-origin");
    const own = { ...session, origin: `http://${dashboard.host}`, "sec-fetch-site": "same-origin" };
    expect((await dashboard.raw("/api/overview", { headers: own })).status).toBe(200);
  });

  it("lets each link be used once, and sets a cookie that no script and no other site can use", async () => {
    expectFailure(await dashboard.raw(new URL(dashboard.link).pathname), 401, "dashboard/old-link");
    const other = await startDashboard(sandbox);
    try {
      const { status, headers } = await other.raw(new URL(other.link).pathname);
      expect(status).toBe(200);
      expect(headers["set-cookie"]).toEqual([
        expect.stringMatching(/^leash_session_\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/),
      ]);
      expect(headers["cache-control"]).toBe("no-store");
      // A session of one dashboard is none of another.
      expectFailure(await other.raw("/api/overview", { headers: session }), 401, "dashboard/no-session");
      for (let i = 0; i < 10; i++) expectFailure(await other.raw(`/login/${i}`), 401, "dashboard/old-link");
      const { headers: late, ...refused } = await other.raw("/login/x");
      expectFailure({ headers: late, ...refused }, 429, "dashboard/too-many-logins");
      expect(late["retry-after"]).toBe("60");
    } finally {
      await other.stop();
    }
  });

  it("keeps a link for who opens it, whoever looked at it or fetched it in advance before", async () => {
    const other = await startDashboard(sandbox);
    try {
      const path = new URL(other.link).pathname;
      expect((await other.raw(path, { method: "HEAD" })).status).toBe(503);
      for (const name of ["sec-purpose", "purpose"])
        expectFailure(await other.raw(path, { headers: { [name]: "prefetch;prerender" } }), 503, "dashboard/not-meant");
      const framed = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" };
      expectFailure(await other.raw(path, { headers: framed }), 403, "dashboard/wrong-origin");
      const opened = { ...framed, "sec-fetch-dest": "document" };
      expect((await other.raw(path, { headers: opened })).status).toBe(200);
    } finally {
      await other.stop();
    }
  });

  it("lives on while a file of the home is broken, and says which", async () => {
    const file = path.join(sandbox.home, "apps/app_broken.json");
    const { get } = client(dashboard, session);
    expect((await get("/api/overview")).status).toBe(200);
    fs.writeFileSync(file, "{");
    try {
      // Older than a look is fresh, so that the next one begins unawaited.
      await sleep(1_100);
      for (let i = 0; i < 3; i++) {
        const answer = await get("/api/overview");
        expectFailure(answer, 409, "state/broken");
        expect(answer.json.error.details).toEqual([file]);
      }
    } finally {
      fs.rmSync(file);
    }
    expect((await get("/api/overview")).status).toBe(200);
  });

  it("ends a session that logs out", async () => {
    const other = await startDashboard(sandbox);
    try {
      const mine = await other.login();
      expect((await other.raw("/api/logout", { method: "POST", headers: mine })).status).toBe(204);
      expectFailure(await other.raw("/api/overview", { headers: mine }), 401, "dashboard/no-session");
    } finally {
      await other.stop();
    }
  });

  it("sends a strict policy with every answer", async () => {
    for (const path of ["/", "/nothing.js", "/login/x", "/api/overview", `/apps/${app}/environment`]) {
      const { headers } = await dashboard.raw(path);
      const policy = headers["content-security-policy"] as string;
      expect(policy, path).toContain("default-src 'none'");
      expect(policy, path).toContain("frame-ancestors 'none'");
      expect(policy, path).not.toContain("unsafe");
      expect(headers, path).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
    }
  });

  it("gives out no file beside the page's", async () => {
    const tries = [
      "/../package.json",
      "/..%2f..%2fpackage.json",
      "/%2e%2e/%2e%2e/etc/passwd",
      "/apps/../../../etc/passwd",
    ];
    for (const path of [
      ...tries,
      "//etc/passwd",
      "/web/../../server.js",
      "/\\..\\..\\package.json",
      "/index.html%00.js",
    ]) {
      const { status, body } = await dashboard.raw(path);
      expect(status, path).not.toBeGreaterThanOrEqual(500);
      expect(body, path).not.toMatch(/root:|"name": ?"leash-databases"/);
    }
  });

  it("takes no body of 10 MB", async () => {
    const body = Buffer.alloc(10 * 1024 ** 2, 0x20);
    const put = { method: "PUT", headers: { ...session, "content-length": String(body.length) }, body };
    const answer = await dashboard.raw(`/api/apps/${app}/variables`, put).catch((error) => error);
    // It hangs up, or the refusal comes first.
    if (answer instanceof Error) expect(answer).toMatchObject({ code: expect.stringMatching(/EPIPE|ECONNRESET/) });
    else expectFailure(answer, 413, "dashboard/too-large");
    const chunked = { method: "PUT", headers: { ...session, "transfer-encoding": "chunked" }, body };
    const other = await dashboard.raw(`/api/apps/${app}/variables`, chunked).catch((error) => error);
    if (other instanceof Error) expect(other).toMatchObject({ code: expect.stringMatching(/EPIPE|ECONNRESET/) });
    else expectFailure(other, 413, "dashboard/too-large");
    expect((await dashboard.raw("/api/overview", { headers: session })).status).toBe(200);
  });

  it("says hostile names as data, and no secret before it is asked for", async () => {
    const { get, post, put } = client(dashboard, session);
    const overview = await get("/api/overview");
    expect(overview.headers["content-type"]).toMatch(/^application\/json/);
    expect(overview.json.apps[0].name).toBe(hostileApp);
    const refused = await put(`/api/apps/${app}/variables`, { variables: [{ name: hostileName, value: "x" }] });
    expect(refused.status).toBe(422);
    expect(refused.headers["content-type"]).toMatch(/^application\/json/);
    for (const path of [...paths(), "/", `/apps/${app}/environment`])
      expect((await get(path)).body).not.toContain(secret);
    expect((await post(`/api/apps/${app}/variables/API_KEY/reveal`)).json).toEqual({ value: secret });
    expect((await get(`/api/apps/${app}/variables/API_KEY/reveal`)).status).toBe(404);
    expect(dashboard.said()).not.toContain(secret);
  });

  it("answers whatever is malformed with a fault of the asker's, never of its own", async () => {
    const random = seeded(20_261_127);
    const pick = <Item>(items: readonly Item[]) => items[Math.floor(random() * items.length)]!;
    const bits = [
      "api",
      "apps",
      app,
      "variables",
      "database",
      "backups",
      "plan",
      "reveal",
      "test",
      "restore",
      "..",
      "%00",
      "%",
      "%zz",
      "%2e%2e",
      "🦊",
      "__proto__",
      "constructor",
      "a".repeat(3000),
      "x y",
      "'",
      '"',
      "20261123T031500Z-x7k2m9",
      "check",
      "parse",
    ];
    const bodies = [
      "",
      "{",
      "null",
      "[]",
      "1",
      '"x"',
      "{}",
      '{"variables":null}',
      '{"variables":[{"name":1,"value":2}]}',
      '{"__proto__":{"variables":[]}}',
      '{"plan":"toString"}',
      '{"confirm":{}}',
      `{"text":${JSON.stringify("A=\u0000\n=\n__proto__=1")}}`,
      `${"[".repeat(50_000)}`,
      '{"variables":[{"name":"A\\u0000","value":"\\ud800"}]}',
      Buffer.from([0xff, 0xfe, 0x00]),
    ];
    const types = [
      "application/json",
      "text/plain",
      "multipart/form-data",
      "application/x-www-form-urlencoded",
      "🦊".length.toString(),
    ];
    const seen = new Set<number>();
    for (let i = 0; i < 600; i++) {
      const path = encodeURI(
        `/${Array.from({ length: 1 + Math.floor(random() * 6) }, () => pick(bits)).join("/")}`,
      ).replaceAll("%25", "%");
      const method = pick(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "PROPFIND"]);
      const headers = { ...session, "content-type": pick(types) };
      const body = method === "GET" || method === "HEAD" ? {} : { body: pick(bodies) };
      const answer = await dashboard.raw(path, { method, headers, ...body }).catch((error) => error);
      if (answer instanceof Error) {
        // Who is refused before a long body was read may be cut off while still sending it.
        expect(answer).toMatchObject({ code: expect.stringMatching(/EPIPE|ECONNRESET/) });
        expect(String(body.body).length).toBeGreaterThan(10_000);
        continue;
      }
      const { status } = answer;
      seen.add(status);
      expect(status, `${method} ${path.slice(0, 200)} ${String(body.body).slice(0, 80)}`).toBeLessThan(500);
    }
    expect([...seen]).toEqual(expect.arrayContaining([200, 400, 404]));
  }, 120_000);

  it("hears nothing in what is no HTTP, and lives on", async () => {
    for (const bytes of [
      "\0\0\0\0",
      "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      `GET / HTTP/1.1\r\nX: ${"a".repeat(100_000)}\r\n\r\n`,
    ]) {
      const answer = await new Promise<string>((resolve) => {
        let text = "";
        const socket = net.connect(dashboard.port, "127.0.0.1", () => socket.write(bytes));
        socket.on("data", (chunk) => {
          text += chunk;
        });
        socket.on("error", () => resolve(text));
        socket.on("close", () => resolve(text));
        setTimeout(() => socket.destroy(), 2_000).unref();
      });
      expect(answer).not.toMatch(/^HTTP\/1\.1 (?:5|200)/);
    }
    expect((await dashboard.raw("/api/overview", { headers: session })).status).toBe(200);
  });
});
