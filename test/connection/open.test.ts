import net from "node:net";
import path from "node:path";
import { inspect } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientVariables, withoutClientVariables } from "../../src/connection/client-variables";
import { buildDatabaseUrl, buildPgEnvironment, type Credentials, loginRole } from "../../src/connection/credentials";
import { openSession, type SessionOptions, withSession } from "../../src/connection/open";
import { urlForms } from "../../src/connection/url-form";
import { LeashError } from "../../src/errors";
import { sleep, startTestServer, type TestServer } from "./support";

const id = "app_test";
const password = "Qz7Jk%pw@/:?#' é";
let server: TestServer;
let app: Credentials;
let options: SessionOptions;

beforeAll(async () => {
  server = await startTestServer({ folder: "a b é%2F'+&" });
  app = { id, password, socketDirectory: server.socketDirectory, port: server.port };
  options = { ...app, user: id, database: id };
  await withSession({ ...options, ...server.admin, database: "postgres" }, async (session) => {
    await session.query(`CREATE ROLE ${id} LOGIN CONNECTION LIMIT 2 PASSWORD ${pg.escapeLiteral(password)}`);
    await session.query(`CREATE DATABASE ${id}`);
    await session.query(`CREATE ROLE "of(f)" LOGIN PASSWORD ${pg.escapeLiteral(password)}`);
    await session.query("CREATE DATABASE closed ALLOW_CONNECTIONS false");
  });
});
afterAll(() => server.stop());

/** Runs with other variables in the process's environment. */
async function withVariables<T>(variables: Record<string, string>, work: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  Object.assign(process.env, variables);
  try {
    return await work();
  } finally {
    for (const name of Object.keys(variables)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}

async function refusal(work: Promise<unknown>): Promise<LeashError> {
  const error = await work.then(
    () => new Error("it was let in"),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LeashError);
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain("Qz7Jk");
  return error as LeashError;
}

describe("buildDatabaseUrl", () => {
  it.each(urlForms)(
    "makes a URL of the form %s that pg connects with, whatever the folder, the login and the password hold",
    async (form) => {
      for (const credentials of [app, { ...app, user: "of(f)" }]) {
        const connect = async () => {
          const client = new pg.Client({ connectionString: buildDatabaseUrl(credentials, form) });
          await client.connect();
          const { rows } = await client.query("SELECT current_user AS user, current_database() AS database");
          await client.end();
          return rows[0];
        };
        const variables = form === "environment" ? buildPgEnvironment(credentials) : {};
        const user = loginRole(credentials);
        expect(await withVariables(variables, connect)).toEqual({ user, database: id });
      }
    },
  );

  it("reads as documented", () => {
    const plain = { id: "app_x", password: "0a", socketDirectory: "/run/pg", port: 5432 };
    expect(urlForms.map((form) => buildDatabaseUrl(plain, form))).toEqual([
      "postgresql:///app_x?host=/run/pg&port=5432&user=app_x&password=0a",
      "postgresql://app_x:0a@localhost/app_x?host=/run/pg",
      "postgresql://app_x:0a@%2Frun%2Fpg/app_x",
      "postgresql://app_x:0a@/app_x?host=/run/pg",
      "postgresql:///app_x",
    ]);
    expect(urlForms.map((form) => buildDatabaseUrl({ ...plain, port: 5433 }, form))).toEqual([
      "postgresql:///app_x?host=/run/pg&port=5433&user=app_x&password=0a",
      "postgresql://app_x:0a@localhost:5433/app_x?host=/run/pg",
      "postgresql://app_x:0a@%2Frun%2Fpg:5433/app_x",
      "postgresql://app_x:0a@/app_x?host=/run/pg&port=5433",
      "postgresql:///app_x",
    ]);
  });
});

describe("clientVariables", () => {
  it("leaves the rest of the environment", () => {
    const all = Object.fromEntries(clientVariables.map((name) => [name, "x"]));
    expect(withoutClientVariables({ ...all, PATH: "/bin", PGAPPNAME: "a" })).toEqual({ PATH: "/bin", PGAPPNAME: "a" });
  });
});

describe("openSession", () => {
  it("lets nothing of the shell's PG* variables in, and leaves them as they were", async () => {
    const hostile = Object.fromEntries(clientVariables.map((name) => [name, "wrong"]));
    const variables = { ...hostile, PGREPLICATION: "database", PGSSLMODE: "require", PGAPPNAME: "wrong", PGPORT: "1" };
    await withVariables(variables, async () => {
      const found = await withSession(options, async (session) => {
        const { rows } = await session.query(
          "SELECT current_user AS user, current_setting('application_name') AS name",
        );
        return rows[0];
      });
      expect(found).toEqual({ user: id, name: "leash" });
      expect(process.env.PGSSLMODE).toBe("require");
    });
  });

  it("does not take an empty password from PGPASSWORD", async () => {
    await withVariables({ PGPASSWORD: password }, async () => {
      expect((await refusal(openSession({ ...options, password: "" }))).code).toBe("connection/failed");
    });
  });

  it("sets the search path and the statement timeout before the first statement, above the role's own", async () => {
    const read = (more: Partial<SessionOptions>) =>
      withSession({ ...options, ...more }, async (session) => {
        const { rows } = await session.query(
          "SELECT current_setting('search_path') AS path, current_setting('statement_timeout') AS timeout, current_setting('client_encoding') AS encoding",
        );
        return rows[0];
      });
    await withSession(options, (session) =>
      session.query("ALTER ROLE app_test SET search_path = trap; ALTER ROLE app_test SET client_encoding = 'LATIN1'"),
    );
    const encoding = "UTF8";
    expect(await read({})).toEqual({ path: "trap", timeout: "0", encoding });
    expect(await read({ searchPath: "", statementTimeoutMs: 1500 })).toEqual({
      path: "",
      timeout: "1500ms",
      encoding,
    });
    expect(await read({ statementTimeoutMs: 0, applicationName: "a 'b' \\" })).toEqual({
      path: "trap",
      timeout: "0",
      encoding,
    });
  });

  it.each<[string, string, Partial<SessionOptions>]>([
    ["connection/refused", "a folder without a server", { socketDirectory: "/nonexistent" }],
    ["connection/refused", "another port", { port: 1 }],
    ["connection/password", "a wrong password", { password: "Qz7Jk wrong" }],
    ["connection/password", "an unknown role", { user: "nobody" }],
    ["connection/no-database", "an unknown database", { database: "nothing" }],
    ["connection/rejected", "a closed database", { database: "closed" }],
  ])("says %s for %s", async (code, _, changed) => {
    const error = await refusal(openSession({ ...options, ...changed }));
    expect(error.code).toBe(code);
    expect(error.hint).toBeTruthy();
  });

  it("says connection/too-many past the role's limit", async () => {
    const sessions = await Promise.all([openSession(options), openSession(options)]);
    expect((await refusal(openSession(options))).code).toBe("connection/too-many");
    for (const session of sessions) await session.end();
  });

  it("says connection/timeout for a server that accepts and says nothing", async () => {
    const sockets: net.Socket[] = [];
    const silent = net.createServer((socket) => sockets.push(socket));
    const port = 6000;
    const socketDirectory = path.dirname(server.socketDirectory);
    await new Promise<void>((resolve) => silent.listen(path.join(socketDirectory, `.s.PGSQL.${port}`), resolve));
    const start = performance.now();
    const error = await refusal(openSession({ ...options, socketDirectory, port, connectTimeoutMs: 300 }));
    expect(error.code).toBe("connection/timeout");
    expect(performance.now() - start).toBeLessThan(2_000);
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it("survives its session's end by the server: the next query fails, the process does not", async () => {
    const session = await openSession(options);
    const { rows } = await session.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
    await withSession({ ...options, ...server.admin }, (admin) =>
      admin.query("SELECT pg_terminate_backend($1)", [rows[0]?.pid]),
    );
    await sleep(100);
    await expect(session.query("SELECT 1")).rejects.toThrow();
    await session.end();
  });
});

describe("withSession", () => {
  it("ends its session when the work fails, and throws what the work threw", async () => {
    const fault = new Error("mine");
    await expect(withSession({ ...options, applicationName: "gone" }, () => Promise.reject(fault))).rejects.toBe(fault);
    await sleep(100);
    const left = await withSession({ ...options, ...server.admin }, async (admin) => {
      const { rows } = await admin.query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'gone'");
      return rows.length;
    });
    expect(left).toBe(0);
  });
});
