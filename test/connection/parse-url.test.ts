import { randomInt } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { parseDatabaseUrl } from "../../src/connection/parse-url";
import { LeashError } from "../../src/errors";

const secret = "s3cr3tPW";

/** What is expected of a text: parts of the result, or the code of the error, or the codes' words in the details. */
type Accepted = Partial<{
  url: string;
  user: string;
  password: string | null;
  database: string;
  hosts: string;
  title: string | null;
}>;

const U = `u:${secret}`;
const unchanged = (url: string): [string, Accepted] => [url, { url }];

const accepted: [string, Accepted][] = [
  unchanged(`postgresql://${U}@db.example.com:5432/app`),
  unchanged(`postgresql://${U}@db.example.com/app`),
  [`postgres://${U}@db.example.com/app`, { url: `postgresql://${U}@db.example.com/app` }],
  [`POSTGRES://${U}@db.example.com/app`, { url: `postgresql://${U}@db.example.com/app` }],
  [`PostgreSQL://${U}@db.example.com/app`, { url: `postgresql://${U}@db.example.com/app` }],
  unchanged(`postgresql+asyncpg://${U}@db.example.com/app`),
  unchanged(`postgresql+psycopg://${U}@db.example.com/app`),
  [`postgres+psycopg2://${U}@h/app`, { url: `postgresql+psycopg2://${U}@h/app` }],
  [`postgresql://u@h/app`, { password: null, user: "u" }],
  [`postgresql://u:@h/app`, { password: "" }],
  [`postgresql://${U}@h:6000/app`, { hosts: "h:6000" }],
  [`postgresql://${U}@h:/app`, { hosts: "h:5432" }],
  [`postgresql://${U}@h1:1,h2:2/app`, { hosts: "h1:1 h2:2" }],
  [`postgresql://${U}@h1,h2:6000/app?target_session_attrs=any`, { hosts: "h1:5432 h2:6000" }],
  [`postgresql://${U}@[::1]:5433/app`, { hosts: "::1:5433" }],
  [`postgresql://${U}@[2001:db8::1234]/app`, { hosts: "2001:db8::1234:5432" }],
  [`postgresql://${U}@[::1],127.0.0.1:6000/app`, { hosts: "::1:5432 127.0.0.1:6000" }],
  [`postgresql://${U}@192.0.2.7/app`, { hosts: "192.0.2.7:5432" }],
  [`postgresql:///app?host=/run/pg&user=u&password=${secret}`, { hosts: "/run/pg:5432", user: "u", password: secret }],
  [`postgresql:///app?host=/run/my%20pg&user=u`, { hosts: "/run/my pg:5432" }],
  [`postgresql:///app?user=u&host=localhost&port=5433`, { hosts: "localhost:5433" }],
  [`postgresql://?host=h&user=u&dbname=app`, { hosts: "h:5432", database: "app" }],
  [`postgresql://h?user=u&dbname=app`, { hosts: "h:5432", user: "u" }],
  [`postgresql://h/app?user=u&password=${secret}`, { password: secret }],
  [`postgresql:///app?user=u&host=h1,h2&port=1,2`, { hosts: "h1:1 h2:2" }],
  [`postgresql:///app?user=u&host=h1,h2&port=7`, { hosts: "h1:7 h2:7" }],
  [`postgresql://${U}@%2Frun%2Fpg/app`, { hosts: "/run/pg:5432" }],
  [`postgresql://${U}@%2Frun%2Fpg:5433/app`, { hosts: "/run/pg:5433" }],
  [`postgresql://${U}@/app?host=/run/pg`, { hosts: "/run/pg:5432" }],
  [`postgresql://${U}@localhost/app?host=/run/pg`, { hosts: "/run/pg:5432" }],
  [`postgresql://${U}@h/app?sslmode=require&channel_binding=require`, { database: "app" }],
  unchanged(`postgresql://${U}@h/app?options=-c%20search_path%3Dx`),
  unchanged(`postgresql://${U}@h/app?application_name=my%20app`),
  [`postgresql://${U}@h/app?`, { url: `postgresql://${U}@h/app` }],
  [`postgresql://${U}@h/app/`, { url: `postgresql://${U}@h/app` }],
  [`postgresql://${U}@h/my%2Fdb`, { database: "my/db" }],
  [`postgresql://${U}@h/d%C3%A9j%C3%A0`, { database: "déjà" }],
  [`postgresql://${U}@h/my-db.name_1`, { database: "my-db.name_1" }],
  [`postgresql://us%40er:${secret}@h/app`, { user: "us@er" }],
  [`postgresql://u:p%40ss%3Aw%2Fd%23%3F@h/app`, { password: "p@ss:w/d#?" }],
  [`postgresql://u:p:q:r@h/app`, { password: "p:q:r" }],
  [`postgresql://u:p!$&'()*+,;=q@h/app`, { password: "p!$&'()*+,;=q" }],
  // Raw characters that can only be the password's are mended.
  [`postgresql://u:p@ss@h/app`, { password: "p@ss", url: "postgresql://u:p%40ss@h/app" }],
  [`postgresql://u:p#ss@h/app`, { password: "p#ss", url: "postgresql://u:p%23ss@h/app" }],
  [`postgresql://u:p?ss@h/app`, { password: "p?ss", url: "postgresql://u:p%3Fss@h/app" }],
  [`postgresql://u:p[s]s@h/app`, { password: "p[s]s", url: "postgresql://u:p%5Bs%5Ds@h/app" }],
  [`postgresql://u:p^s|s@h/app`, { password: "p^s|s", url: "postgresql://u:p%5Es%7Cs@h/app" }],
  [`postgresql://u:пароль@h/app`, { password: "пароль" }],
  [`postgresql://u:a%20b@h/app`, { password: "a b" }],
  // Wrapped.
  [`  postgresql://${U}@h/app\n`, { url: `postgresql://${U}@h/app` }],
  [`"postgresql://${U}@h/app"`, { url: `postgresql://${U}@h/app` }],
  [`'postgresql://${U}@h/app'`, { url: `postgresql://${U}@h/app` }],
  [`\`postgresql://${U}@h/app\``, { url: `postgresql://${U}@h/app` }],
  [`“postgresql://${U}@h/app”`, { url: `postgresql://${U}@h/app` }],
  [`<postgresql://${U}@h/app>`, { url: `postgresql://${U}@h/app` }],
  [`DATABASE_URL=postgresql://${U}@h/app`, { url: `postgresql://${U}@h/app` }],
  [`DATABASE_URL="postgresql://${U}@h/app"`, { url: `postgresql://${U}@h/app` }],
  [`export DATABASE_URL='postgresql://${U}@h/app'`, { url: `postgresql://${U}@h/app` }],
  [`export POSTGRES_URL = "postgres://${U}@h/app";`, { url: `postgresql://${U}@h/app` }],
  [`"DATABASE_URL": "postgresql://${U}@h/app",`, { url: `postgresql://${U}@h/app` }],
  [`DATABASE_URL: postgresql://${U}@h/app`, { url: `postgresql://${U}@h/app` }],
  [`$ export DATABASE_URL=postgresql://${U}@h/app`, { url: `postgresql://${U}@h/app` }],
  [`psql 'postgresql://${U}@h/app'`, { url: `postgresql://${U}@h/app` }],
  [`psql "postgresql://${U}@h/app?sslmode=require"`, { url: `postgresql://${U}@h/app?sslmode=require` }],
  [`psql postgresql://${U}@h/app`, { url: `postgresql://${U}@h/app` }],
  [`psql -d "postgresql://${U}@h/app"`, { url: `postgresql://${U}@h/app` }],
  [`$ psql postgres://${U}@h/app`, { url: `postgresql://${U}@h/app` }],
  [`\ufeffpostgresql://${U}@h/app`, { url: `postgresql://${U}@h/app` }],
  [`postgresql://${U}@h/app\u200b`, { url: `postgresql://${U}@h/app` }],
  // Providers.
  [
    `postgresql://postgres:${secret}@db.abcdefghijklmnop.supabase.co:5432/postgres`,
    { title: "Supabase (direct connection)" },
  ],
  [
    `postgresql://postgres:${secret}@db.abcdefghijklmnop.supabase.co:6543/postgres`,
    { title: "Supabase (dedicated pooler)" },
  ],
  [
    `postgresql://postgres.abcdefgh:${secret}@aws-0-eu-central-1.pooler.supabase.com:6543/postgres?pgbouncer=true`,
    { title: "Supabase (transaction pooler)", user: "postgres.abcdefgh" },
  ],
  [
    `postgres://postgres.abcdefgh:${secret}@aws-0-eu-central-1.pooler.supabase.com:5432/postgres`,
    { title: "Supabase (session pooler)" },
  ],
  [
    `postgresql://alex:${secret}@ep-cool-darkness-123456-pooler.us-east-2.aws.neon.tech/dbname?sslmode=require&channel_binding=require`,
    { title: "Neon (pooled)" },
  ],
  [
    `postgresql://alex:${secret}@ep-cool-darkness-123456.us-east-2.aws.neon.tech/dbname?sslmode=require`,
    { title: "Neon (direct)" },
  ],
  [`postgresql://alex:${secret}@EP-COOL-123.eu-central-1.aws.NEON.tech/neondb`, { title: "Neon (direct)" }],
  [`postgresql://${U}@evil-supabase.co.example.com/app`, { title: null }],
  [`postgresql://${U}@neon.tech.example.com/app`, { title: null }],
  [`postgresql://avnadmin:${secret}@pg-x.aivencloud.com:12691/defaultdb?sslmode=require`, { title: null }],
  [
    `postgres://doadmin:${secret}@db-postgresql-nyc1.b.db.ondigitalocean.com:25060/defaultdb?sslmode=require`,
    { title: null },
  ],
  [`postgresql://postgres:${secret}@containers-us-west-1.railway.app:7432/railway`, { database: "railway" }],
  [`postgres://u:${secret}@ec2-1-2-3-4.compute-1.amazonaws.com:5432/d8r8`, { title: null }],
  [`postgresql://postgres:password@localhost:5432/mydb`, { password: "password" }],
];

const refused: [string, string][] = [
  ["", "url/empty"],
  ["   \n", "url/empty"],
  ['""', "url/empty"],
  ["hello", "url/not-a-connection-string"],
  [secret, "url/not-a-connection-string"],
  [`host=h user=u password=${secret} dbname=app`, "url/not-a-connection-string"],
  [`Server=h;Database=app;User Id=u;Password=${secret};`, "url/not-a-connection-string"],
  [`${U}@h:5432/app`, "url/not-a-connection-string"],
  [`postgresql:/${U}@h/app`, "url/not-a-connection-string"],
  [`postgresql:${U}@h/app`, "url/not-a-connection-string"],
  [`"postgresql://${U}@h/app`, "url/not-a-connection-string"],
  [`postgresql://${U}@h/app"`, "url/quotes"],
  [`postgresql://${U}@h/app;`, "url/quotes"],
  [`mysql://${U}@h/app`, "url/wrong-scheme"],
  [`mysql2://${U}@h/app`, "url/wrong-scheme"],
  [`mariadb://${U}@h/app`, "url/wrong-scheme"],
  [`jdbc:mysql://h/app?user=u&password=${secret}`, "url/wrong-scheme"],
  [`sqlserver://${U}@h/app`, "url/wrong-scheme"],
  ["sqlite:///app.db", "url/wrong-scheme"],
  ["file:./dev.db", "url/wrong-scheme"],
  [`jdbc:postgresql://h:5432/app?user=u&password=${secret}`, "url/wrong-scheme"],
  ["https://abcdefgh.supabase.co", "url/wrong-scheme"],
  ["https://supabase.com/dashboard/project/abc", "url/wrong-scheme"],
  ["https://console.neon.tech/app/projects/x", "url/wrong-scheme"],
  [`https://${U}@example.com/`, "url/wrong-scheme"],
  [`prisma://accelerate.prisma-data.net/?api_key=${secret}`, "url/wrong-scheme"],
  [`prisma+postgres://accelerate.prisma-data.net/?api_key=${secret}`, "url/wrong-scheme"],
  [`postgis://${U}@h/app`, "url/wrong-scheme"],
  [`amqp://${U}@h/app`, "url/wrong-scheme"],
  [`${secret}://x`, "url/wrong-scheme"],
  [`mongodb://${U}@h/app`, "url/wrong-service"],
  [`mongodb+srv://${U}@cluster0.abc.mongodb.net/?retryWrites=true`, "url/wrong-service"],
  [`MONGODB_URI=mongodb+srv://${U}@cluster0.abc.mongodb.net/`, "url/wrong-service"],
  [`redis://default:${secret}@h:6379`, "url/wrong-service"],
  [`rediss://default:${secret}@eu1-x.upstash.io:6379`, "url/wrong-service"],
  [`"REDISS://default:${secret}@h"`, "url/wrong-service"],
  ["postgresql://postgres:[YOUR-PASSWORD]@db.abcdefgh.supabase.co:5432/postgres", "url/placeholder-password"],
  [`postgresql://postgres:[${secret}]@db.abcdefgh.supabase.co:5432/postgres`, "url/placeholder-password"],
  ["postgresql://u:<password>@h/app", "url/placeholder-password"],
  ["postgresql://u:YOUR_PASSWORD@h/app", "url/placeholder-password"],
  ["postgresql://u:your-db-password@h/app", "url/placeholder-password"],
  [`postgresql://u:\${DB_PASSWORD}@h/app`, "url/placeholder-password"],
  ["postgresql://u:{{password}}@h/app", "url/placeholder-password"],
  ["postgresql://alex:****************@ep-x.neon.tech/neondb", "url/placeholder-password"],
  [`postgresql://u:${secret}@<host>/app`, "url/placeholder"],
  [`postgresql://<user>:${secret}@h/app`, "url/placeholder"],
  [`postgresql://postgres.[ref]:${secret}@aws-0-eu.pooler.supabase.com/postgres`, "url/placeholder"],
  [`postgresql://${U}@h`, "url/no-database-name"],
  [`postgresql://${U}@h/`, "url/no-database-name"],
  [`postgresql://${U}@h:5432/?sslmode=require`, "url/no-database-name"],
  ["postgresql://h/app", "url/no-user"],
  [`postgresql://:${secret}@h/app`, "url/no-user"],
  [`postgresql://${U}@/app`, "url/no-host"],
  [`postgresql://${U}@:5432/app`, "url/no-host"],
  [`postgresql://${U}@h1,,h2/app`, "url/no-host"],
  ["postgresql:///app", "url/invalid"],
  ["postgresql://", "url/invalid"],
  [`postgresql://${U}@h:port/app`, "url/bad-port"],
  [`postgresql://${U}@h:0/app`, "url/bad-port"],
  [`postgresql://${U}@h:65536/app`, "url/bad-port"],
  [`postgresql://${U}@h:-1/app`, "url/bad-port"],
  [`postgresql:///app?user=u&host=h1,h2,h3&port=1,2`, "url/bad-port"],
  [`postgresql://${U}@[::1/app`, "url/bad-host"],
  [`postgresql://${U}@::1/app`, "url/invalid"],
  [`postgresql://${U}@h/app?sslmode=required`, "url/bad-parameter"],
  [`postgresql://${U}@h/app?sslmode`, "url/bad-parameter"],
  [`postgresql://${U}@h/app?=x`, "url/bad-parameter"],
  [`postgresql://u:${secret}%@h/app`, "url/percent-encoding"],
  [`postgresql://u:${secret}%zz@h/app`, "url/percent-encoding"],
  [`postgresql://u:${secret}%00@h/app`, "url/percent-encoding"],
  [`postgresql://u:${secret}%ff@h/app`, "url/percent-encoding"],
  [`postgresql://u:pa/${secret}@h/app`, "url/unencoded-password"],
  [`postgresql://u:${secret}@a/b@h/app`, "url/unencoded-password"],
  [`postgresql://${U}@h/app/extra`, "url/bad-database-name"],
  [`postgresql://${U}@h/app#x`, "url/stray-hash"],
  [`postgresql://u:my ${secret}@h/app`, "url/spaces"],
  [`postgresql://${U}@h/app postgresql://${U}@h/app`, "url/invalid"],
  [`psql 'postgresql://${U}@h/app' -c 'select 1'`, "url/not-a-connection-string"],
  [`postgresql://${U}@h\n/app`, "url/control-characters"],
  [`postgresql://${U}@h/app\u0000x`, "url/control-characters"],
  [`postgresql://${U}@h/app\u001b`, "url/control-characters"],
  [`postgresql://${U}@h/${"x".repeat(4100)}`, "url/too-long"],
  ["x".repeat(1_000_000), "url/too-long"],
];

/** With a title of readable length in front. */
function named<T>(rows: readonly [string, T][]): [string, string, T][] {
  return rows.map(([text, expected]) => [JSON.stringify(text).slice(0, 120), text, expected]);
}

function refusal(text: string): LeashError {
  try {
    parseDatabaseUrl(text);
  } catch (error) {
    if (error instanceof LeashError) return error;
    throw error;
  }
  throw new Error(`accepted: ${text.slice(0, 100)}`);
}

describe("parseDatabaseUrl", () => {
  it("has more than a hundred URLs in its tables", () => {
    expect(accepted.length + refused.length).toBeGreaterThan(100);
  });

  it.each(named(accepted))("accepts %s", (_, text, expected) => {
    const { hosts, ...parsed } = parseDatabaseUrl(text);
    const shown = { ...parsed, hosts: hosts.map(({ host, port }) => `${host}:${port}`).join(" ") };
    expect(shown).toMatchObject(expected);
  });

  it.each(named(accepted))("gives a URL that reads as the same again: %s", (_, text) => {
    const once = parseDatabaseUrl(text);
    expect(parseDatabaseUrl(once.url)).toEqual(once);
  });

  it.each(named(refused))("refuses %s", (_, text, code) => {
    const error = refusal(text);
    expect(error).toMatchObject({ code, exitCode: 2 });
    expect(error.hint).toBeTruthy();
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(secret);
  });

  it("tells all faults at once", () => {
    const error = refusal(`postgresql://:[YOUR-PASSWORD]@:99999?sslmode=maybe`);
    expect(error.code).toBe("url/invalid");
    expect(error.details).toHaveLength(6);
    for (const word of ["placeholder", "port", "no host", "no user", "no database", "sslmode"]) {
      expect(error.details.join("\n")).toContain(word);
    }
  });

  it.each([
    [`mongodb+srv://${U}@c.mongodb.net/`, "belongs in MONGODB_URI"],
    [`rediss://${U}@h`, "belongs in REDIS_URL"],
    [`jdbc:postgresql://h/app`, "Leave out jdbc:"],
    ["https://abc.supabase.co", "Connect in Supabase"],
  ])("says what to do with %s", (text, words) => {
    expect(refusal(text).hint).toContain(words);
  });

  it.each([
    [`postgresql://postgres:x1@db.abc.supabase.co/postgres`, ["sslmode=require", "IPv6"]],
    [`postgresql://postgres.abc:x1@a.pooler.supabase.com:6543/postgres?sslmode=require`, ["prepared statements"]],
    [`postgresql://postgres.abc:x1@a.pooler.supabase.com:6543/postgres?sslmode=require&pgbouncer=true`, []],
    [`postgresql://postgres:x1@a.pooler.supabase.com:5432/postgres?sslmode=require`, ["project reference"]],
    [`postgresql://postgres.abc:x1@a.pooler.supabase.com:5432/postgres?sslmode=require`, []],
    [`postgresql://u:x1@ep-a-pooler.eu.aws.neon.tech/db?sslmode=require`, ["without -pooler"]],
    [`postgresql://u:x1@ep-a.eu.aws.neon.tech/db`, ["sslmode=require"]],
    [`postgresql://u:x1@localhost/db`, ["this machine"]],
    [`postgresql://u:x1@[::1]/db`, ["this machine"]],
    [`postgresql:///db?host=/run/pg&user=u`, ["this machine"]],
    [`postgresql+asyncpg://u:x1@h/db`, ["SQLAlchemy"]],
    [`postgresql://u:x1@h/db`, []],
  ])("advises on %s", (text, words) => {
    const { advice } = parseDatabaseUrl(text);
    expect(advice).toHaveLength(words.length);
    words.forEach((word, i) => {
      expect(advice[i]).toContain(word);
    });
  });
});

describe("parseDatabaseUrl, given any password", () => {
  const alphabet = [..."abcXYZ0189 %:/?#[]@!$&'()*+,;=<>{}|^~`\"\\-._é漢\n\t\0"];
  const randomPassword = () => {
    const part = () => Array.from({ length: randomInt(6) }, () => alphabet[randomInt(alphabet.length)]).join("");
    return `${part()}Qz7Jk${part()}`;
  };

  it("reads it back as it was when it is encoded", () => {
    for (let i = 0; i < 5_000; i++) {
      const password = randomPassword().replaceAll("\0", "");
      // Brackets around the whole are taken for a placeholder's.
      if (/^[[<{%$].*[\]>}%]$/s.test(password)) continue;
      const parsed = parseDatabaseUrl(`postgres://u:${encodeURIComponent(password)}@h/db`);
      expect(parsed.password).toBe(password);
      expect(parsed.url).toBe(`postgresql://u:${encodeURIComponent(password)}@h/db`);
    }
  });

  it("never says it in an error, and reads a raw one whole or not at all", () => {
    let read = 0;
    for (let i = 0; i < 10_000; i++) {
      const password = randomPassword();
      const text = `postgresql://u:${password}@h.example/db`;
      try {
        const parsed = parseDatabaseUrl(text);
        read += 1;
        expect(parsed.hosts, text).toEqual([{ host: "h.example", port: 5432 }]);
        expect(parsed.database, text).toBe("db");
        if (!password.includes("%")) expect(parsed.password, text).toBe(password);
        // What is stored reads the same to WHATWG's parser, which pg and others use.
        expect(new URL(parsed.url).host, text).toBe("h.example");
      } catch (error) {
        if (!(error instanceof LeashError)) throw error;
        expect(inspect(error, { depth: 10, showHidden: true }), text).not.toContain("Qz7Jk");
      }
    }
    expect(read).toBeGreaterThan(1_000);
  });
});
