import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { missingRedis, startRedis } from "../support/redis";
import { createSandbox, type Sandbox } from "../support/sandbox";

const secret = "Qz7JkTopSecret";
const threeServices = {
  "package.json": JSON.stringify({ name: "three", dependencies: { pg: "8", mongoose: "8", ioredis: "5" } }, null, 2),
};
const question = (title: string, driver: string) => `⚠ Your app uses ${title} (${driver})
Options:
[1] Paste your ${title} URL
[2] Skip — I'll configure it later
Choice (1/2): `;
const postgresText = `✓ Detected: node
⚠ Your app uses PostgreSQL (pg)
Options:
[1] Create a Leash database (free with your plan)
[2] Paste your own database URL
[3] Skip — I'll configure it later
Choice (1/2/3): 3
✓ Skipped — set DATABASE_URL later with: leash env set DATABASE_URL
`;
const mongodbUrl = `mongodb://ada:${secret}@127.0.0.1:1/app?authSource=admin`;

describe("MongoDB and Redis of an app's own", () => {
  let sandbox: Sandbox;
  let app: string;
  let serial = 0;
  beforeAll(() => {
    sandbox = createSandbox();
  });
  /** A new app for each test. */
  const make = (files: Record<string, string> = threeServices) => {
    serial += 1;
    const name = `app-${serial}`;
    app = sandbox.app(name, files);
    return name;
  };
  afterAll(() => sandbox.dispose());
  const leash = async (args: string[], input?: string) => {
    const ran = await sandbox.leash(args, { cwd: app, ...(input === undefined ? {} : { input }) });
    if (!args.includes("--reveal") && args[1] !== "get") expect(ran.stdout + ran.stderr).not.toContain(secret);
    return ran;
  };
  const environment = async () => JSON.parse((await leash(["env", "list", "--json", "--reveal"])).stdout);

  it("are asked for after PostgreSQL's question, whose text stays as it is; skipped where nobody answers", async () => {
    const name = make();
    const deployed = await leash(["deploy", "--app", name], "3\n");
    expect(deployed, deployed.stderr).toMatchObject({ exitCode: 0 });
    expect(deployed.stdout).toBe(
      `${postgresText}${question("MongoDB", "mongoose")}\n${question("Redis", "ioredis")}\n`,
    );
    for (const variable of ["MONGODB_URI", "REDIS_URL"]) expect(deployed.stderr).toContain(`leash env set ${variable}`);
    expect(await environment()).toEqual({});
  });

  it("are skipped by 2, and pasted by 1", async () => {
    const name = make();
    const answers = `3\n2\n1\nredis-cli --tls -u redis://default:${secret}@redis.example.com:6380\n`;
    const deployed = await leash(["deploy", "--app", name, "--skip-check"], answers);
    expect(deployed, deployed.stderr).toMatchObject({ exitCode: 0 });
    expect(deployed.stdout).toBe(
      `${postgresText}${question("MongoDB", "mongoose")}2
✓ Skipped — set MONGODB_URI later with: leash env set MONGODB_URI
${question("Redis", "ioredis")}1
Redis URL: 
✓ REDIS_URL injected — your own Redis
`,
    );
    expect(await environment()).toEqual({ REDIS_URL: `rediss://default:${secret}@redis.example.com:6380` });
    const again = await leash(["deploy", "--app", name], "3\n2\n");
    expect(again.stdout).not.toContain("Redis");
    expect(again.exitCode).toBe(0);
  });

  it.each([
    ["an answer that is none", "3\n7\n", 2, /"7" is none of the choices[\s\S]*--mongodb-url -/],
    ["no URL", "3\n1\n", 2, /No MongoDB URL was given/],
    [
      "another service's URL",
      `3\n1\nredis://:${secret}@h\n`,
      2,
      /leash env set REDIS_URL[\s\S]*\[url\/wrong-service\]/,
    ],
    ["a URL where nothing listens", `3\n1\n${mongodbUrl}\n`, 1, /\[url\/unreachable\]/],
  ])("are refused for %s", async (_, input, exitCode, says) => {
    const name = make();
    const deployed = await leash(["deploy", "--app", name], input);
    expect(deployed.exitCode).toBe(exitCode);
    expect(deployed.stderr).toMatch(says);
    expect(await environment()).toEqual({});
  });

  it("are taken from flags and standard input, and told in the JSON document", async () => {
    const name = make();
    const flags = ["--mongodb-url", "-", "--redis-url", `redis://:${secret}@10.0.0.1`, "--skip-check"];
    const deployed = await leash(
      ["deploy", "--app", name, "--choice", "skip", "--json", ...flags],
      `'${mongodbUrl}'\n`,
    );
    expect(deployed, deployed.stderr).toMatchObject({ exitCode: 0 });
    expect(JSON.parse(deployed.stdout)).toMatchObject({
      outcome: "skipped",
      services: [
        { service: "mongodb", variable: "MONGODB_URI", outcome: "url" },
        { service: "redis", variable: "REDIS_URL", outcome: "url" },
      ],
    });
    expect(deployed.stderr).toMatch(/other users of this machine; --redis-url -/);
    expect(await environment()).toEqual({ MONGODB_URI: mongodbUrl, REDIS_URL: `redis://:${secret}@10.0.0.1` });
    const kept = await leash(["deploy", "--app", name, "--choice", "skip", "--json"]);
    expect(JSON.parse(kept.stdout).services.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
      "kept",
      "kept",
    ]);
  });

  it("are not asked for where --choice answers, and what lacks is said", async () => {
    const name = make();
    const deployed = await leash(["deploy", "--app", name, "--choice", "skip", "--json"]);
    expect(deployed.exitCode).toBe(0);
    expect(JSON.parse(deployed.stdout).services).toHaveLength(2);
    expect(deployed.stderr).toMatch(/uses MongoDB too \(mongoose\).*leash env set MONGODB_URI/);
    expect(deployed.stderr).not.toMatch(/Choice \(1\/2\)/);
  });

  it("make nothing where a flag's URL is wrong, or two want standard input", async () => {
    const name = make();
    for (const [flags, says] of [
      [["--mongodb-url", `mongodb+srv://ada:<password>@c.ab1.mongodb.net:27017/x`], /placeholder[\s\S]*names a port/],
      [["--mongodb-url", "-", "--redis-url", "-"], /--mongodb-url -[\s\S]*--redis-url -/],
      [["--database-url", "-", "--redis-url", "-"], /\[deploy\/contradiction\]/],
    ] as const) {
      const refused = await leash(["deploy", "--app", name, ...flags], "x\n");
      expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
      expect(refused.stderr).toMatch(says);
    }
    expect((await leash(["env", "list"])).stderr).toMatch(/\[app\/not-found\]/);
  });

  it("go under every name that the app reads, and those that may be used are said to be", async () => {
    const name = make({
      "package.json": JSON.stringify({ name: "n", dependencies: { mongodb: "6" } }),
      ".env.example": "MONGO_URL=mongodb://localhost/app\nREDIS_URL=redis://localhost\n",
    });
    const deployed = await leash(["deploy", "--app", name, "--skip-check"], `1\n${mongodbUrl}\n2\n`);
    expect(deployed.stdout).toMatch(/nothing to set up\n⚠ Your app uses MongoDB/);
    expect(deployed.stdout).toMatch(/⚠ Your app may use Redis/);
    expect(deployed.stderr).toMatch(/\.env\.example:2/);
    expect(await environment()).toEqual({ MONGODB_URI: mongodbUrl, MONGO_URL: mongodbUrl });
  });
});

describe("leash env set with a service's URL", () => {
  let sandbox: Sandbox;
  let app: string;
  beforeAll(() => {
    sandbox = createSandbox();
    app = sandbox.app("notes", { "package.json": '{"name":"notes"}' });
  });
  afterAll(() => sandbox.dispose());
  const leash = async (args: string[], input?: string) => {
    const ran = await sandbox.leash(args, { cwd: app, ...(input === undefined ? {} : { input }) });
    if (args[1] !== "get") expect(ran.stdout + ran.stderr).not.toContain(secret);
    return ran;
  };
  const get = async (name: string) => (await leash(["env", "get", name])).stdout.trim();

  it.each([
    [
      "DATABASE_URL",
      `postgresql://postgres:[YOUR-PASSWORD]@db.abcdefgh.supabase.co:5432/postgres`,
      "url/placeholder-password",
    ],
    ["DATABASE_URL", `https://u:${secret}@h/d`, "url/wrong-scheme"],
    ["MONGODB_URI", `mongodb+srv://u:${secret}@c.ab1.mongodb.net:27017/x`, "url/srv-port"],
    ["MONGODB_URI", `postgresql://u:${secret}@h/d`, "url/wrong-service"],
    ["REDIS_URL", `redis://default:${secret}@x.upstash.io:6379`, "url/no-tls"],
    ["REDIS_URL", "https://x.upstash.io", "url/wrong-scheme"],
    ["REDIS_URL", `AXx1${secret}AXx1AXx1AXx1AXx1`, "url/not-a-connection-string"],
  ])("refuses %s=%s, names the way to store it, and stores it by that way", async (name, value, code) => {
    const refused = await leash(["env", "set", name], value);
    expect(refused).toMatchObject({ exitCode: 2, stdout: "" });
    expect(refused.stderr).toContain(`[${code}]`);
    expect(refused.stderr).toContain("--skip-check stores it all the same");
    expect((await leash(["env", "get", name])).exitCode).toBe(1);
    expect((await leash(["env", "set", "--skip-check", name], value)).exitCode).toBe(0);
    expect(await get(name)).toBe(value);
    await leash(["env", "unset", name]);
  });

  it("tells what is wrong with several at once, and stores none", async () => {
    const refused = await leash([
      "env",
      "set",
      `REDIS_URL=x-${secret}`,
      "MONGODB_URI=https://cloud.mongodb.com/v2/x",
      "OTHER=1",
    ]);
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toMatch(/REDIS_URL: [\s\S]*MONGODB_URI: .*Atlas[\s\S]*\[url\/invalid\]/);
    expect((await leash(["env", "get", "OTHER"])).exitCode).toBe(1);
  });

  it("stores what can't be reached from here, and warns", async () => {
    const set = await leash(["env", "set", "MONGODB_URI"], ` "${mongodbUrl}" \n`);
    expect(set).toMatchObject({ exitCode: 0, stdout: "" });
    expect(set.stderr).toMatch(/No connection from here: 127\.0\.0\.1:1 [\s\S]*\[url\/unreachable\]/);
    expect(await get("MONGODB_URI")).toBe(mongodbUrl);
  });

  it("says what is worth knowing, and takes other names with advice", async () => {
    const set = await leash(["env", "set", "KV_URL"], `redis://default:${secret}@x.upstash.io:6379`);
    expect(set.exitCode).toBe(0);
    expect(set.stderr).toMatch(/Upstash[\s\S]*on Leash that is REDIS_URL[\s\S]*rediss:\/\//);
    expect(set.stderr).not.toMatch(/No connection/);
  });

  it.each([
    ["sqlite:///db.sqlite3", "That is a SQLite URL"],
    [`mysql://u:${secret}@h/d`, "That is a MySQL URL"],
  ])(
    "stores DATABASE_URL=%s with a word, tries no connection, and takes it for no PostgreSQL's",
    async (url, words) => {
      const set = await leash(["env", "set", "DATABASE_URL"], url);
      expect(set).toMatchObject({ exitCode: 0, stdout: "" });
      expect(set.stderr).toContain(words);
      expect(set.stderr).not.toMatch(/connect/i);
      expect(await get("DATABASE_URL")).toBe(url);
      await leash(["env", "unset", "DATABASE_URL"]);
      const refused = await leash(["deploy", "--choice", "url", "--database-url", "-"], url);
      expect(refused.exitCode).toBe(2);
      expect(refused.stderr).toContain("[url/wrong-scheme]");
      expect((await leash(["env", "get", "DATABASE_URL"])).exitCode).toBe(1);
    },
  );

  it("writes no secret into a file that others may read", async () => {
    await leash(["env", "set", "--skip-check", "REDIS_URL"], `redis://:${secret}@10.0.0.1`);
    const files = fs.readdirSync(sandbox.home, { recursive: true, encoding: "utf8" });
    const holding = files
      .map((file) => path.join(sandbox.home, file))
      .filter((file) => fs.statSync(file).isFile() && fs.readFileSync(file, "utf8").includes(secret));
    expect(holding).toHaveLength(1);
    expect(fs.statSync(holding[0]!).mode & 0o777).toBe(0o600);
  });

  it.skipIf(missingRedis())("connects to a real Redis and says its version, in deploy too", async () => {
    const redis = await startRedis("--requirepass", secret);
    try {
      const url = `redis://default:${secret}@127.0.0.1:${redis.port}`;
      const set = await leash(["env", "set", "REDIS_URL"], url);
      expect(set.stderr).toMatch(/this machine itself[\s\S]*set for notes[\s\S]*Connected: Redis \d+\.\d+/);
      const deployed = await leash(["deploy", "--choice", "skip", "--redis-url", "-"], url);
      expect(deployed, deployed.stderr).toMatchObject({ exitCode: 0 });
      expect(deployed.stderr).toMatch(/Connected: Redis \d/);
      const wrong = await leash(["deploy", "--choice", "skip", "--redis-url", "-"], url.replace(secret, "wrong"));
      expect(wrong.exitCode).toBe(1);
      expect(wrong.stderr).toMatch(/\[url\/refused-login\]/);
      expect(await get("REDIS_URL")).toBe(url);
    } finally {
      await redis.stop();
    }
  });
});
