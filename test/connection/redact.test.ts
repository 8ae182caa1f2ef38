import { randomInt } from "node:crypto";
import { describe, expect, it } from "vitest";
import { redactSecrets, redactUrl, redactValue } from "../../src/connection/redact";

const secret = "s3cr3tPW";

describe("redactUrl", () => {
  it.each([
    [`postgresql://ada:${secret}@db.example/notes`, "postgresql://ada:***@db.example/notes"],
    [
      `postgres://ada:${secret}@db.example:6543/notes?sslmode=require`,
      "postgres://ada:***@db.example:6543/notes?sslmode=require",
    ],
    ["postgresql://ada@db.example/notes", "postgresql://ada@db.example/notes"],
    ["postgresql://ada:@db.example/notes", "postgresql://ada:***@db.example/notes"],
    ["postgresql:///notes", "postgresql:///notes"],
    [
      `postgresql:///d?host=/run/my%20pg&port=5432&user=u&password=${secret}`,
      "postgresql:///d?host=/run/my%20pg&port=5432&user=u&password=***",
    ],
    [`postgresql://u:${secret}@%2Frun%2Fpg:5433/d`, "postgresql://u:***@%2Frun%2Fpg:5433/d"],
    [`postgresql://u:${secret}@/d?host=/run`, "postgresql://u:***@/d?host=/run"],
    [`postgresql://u:${secret}@h1:1,[::1]:2/d`, "postgresql://u:***@h1:1,[::1]:2/d"],
    [`postgresql+asyncpg://u:${secret}@h/d`, "postgresql+asyncpg://u:***@h/d"],
    [`postgresql://h/d?sslpassword=${secret}&sslmode=require`, "postgresql://h/d?sslpassword=***&sslmode=require"],
    [`postgresql://h/d?PASSWORD=${secret}`, "postgresql://h/d?PASSWORD=***"],
    [`postgresql://h/d?pass%77ord=${secret}`, "postgresql://h/d?***"],
    [`postgresql://h/d?unheard=${secret}&port=1`, "postgresql://h/d?***&port=1"],
    [`jdbc:postgresql://h:5432/d?user=u&password=${secret}`, "jdbc:postgresql://h:5432/d?user=u&password=***"],
    [
      `mongodb+srv://u:${secret}@c.mongodb.net/db?retryWrites=true&w=majority`,
      "mongodb+srv://u:***@c.mongodb.net/db?retryWrites=true&w=majority",
    ],
    [`rediss://default:${secret}@h:6379/0`, "rediss://default:***@h:6379/0"],
    [`redis://:${secret}@h`, "redis://:***@h"],
    [`redis://${secret}@h:6379`, "redis://***@h:6379"],
    [`postgresql+psycopg_async://u:${secret}@h/d`, "postgresql+psycopg_async://u:***@h/d"],
    ["https://example.com", "https://example.com"],
    ["https://example.com:8080/", "https://example.com:8080/"],
    [`https://${secret}@example.com/`, "https://***@example.com/"],
    [`https://hooks.example.com/services/${secret}`, "https://hooks.example.com/***"],
    [`https://example.com?key=${secret}`, "https://example.com/***"],
    // In doubt all behind the scheme goes.
    [`postgresql://u:a@${secret}@h/d`, "postgresql://***"],
    [`postgresql://u:a/${secret}@h/d`, "postgresql://***"],
    [`postgresql://u:a?${secret}@h/d`, "postgresql://***"],
    [`postgresql://u:a#${secret}@h/d`, "postgresql://***"],
    [`postgresql://u:a ${secret}@h/d`, "postgresql://***"],
    [`postgresql://u%3A${secret}@h/d`, "postgresql://***"],
    [`postgresql://u:${secret}`, "postgresql://***"],
    [`postgresql://u:${secret}/d`, "postgresql://***"],
    [`postgresql://u:[${secret}]@h/d/e`, "postgresql://***"],
    [`postgresql://u:12345\n${secret}@h/d`, "postgresql://***"],
    [`postgresql:u:${secret}@h/d`, "***"],
    [secret, "***"],
    ["", "***"],
  ])("shows %s as %s", (text, shown) => {
    expect(redactUrl(text)).toBe(shown);
  });
});

describe("redactSecrets", () => {
  it.each([
    [`connect to postgresql://u:${secret}@h/d failed`, "connect to postgresql://u:***@h/d failed"],
    [`(postgresql://u:${secret}@h/d).`, "(postgresql://u:***@h/d)."],
    [`"postgresql://u:${secret}@h/d", "redis://:${secret}@r"`, '"postgresql://u:***@h/d", "redis://:***@r"'],
    [`Invalid URL: postgresql://u:my ${secret}@h/d`, "Invalid URL: postgresql://***"],
    [
      `could not parse DATABASE_URL=postgresql://u:${secret}@h/d`,
      "could not parse DATABASE_URL=postgresql://u:***@h/d",
    ],
    [`host=h user=u password=${secret} dbname=d`, "host=h user=u password=*** dbname=d"],
    [`password='${secret} x' dbname=d`, "password=*** dbname=d"],
    [`{"password":"${secret}"}`, '{"password":***}'],
    [`PGPASSWORD=${secret} psql`, "PGPASSWORD=*** psql"],
    [`api_key: ${secret}`, "api_key: ***"],
    ['password authentication failed for user "u"', 'password authentication failed for user "u"'],
    ["nothing to hide", "nothing to hide"],
  ])("turns %s into %s", (text, shown) => {
    expect(redactSecrets(text)).toBe(shown);
  });

  it("hides known secrets wherever they stand, encoded too", () => {
    expect(redactSecrets("a p@ss b p%40ss c p@ssword", ["p@ss", "p@ssword", ""])).toBe("a *** b *** c ***");
  });
});

describe("redactValue", () => {
  it.each([
    ["DATABASE_URL", `postgresql://u:${secret}@h/d`, "postgresql://u:***@h/d"],
    ["PGHOST", "/run/pg", "/run/pg"],
    ["PGHOST", `postgresql://u:${secret}@h/d`, "postgresql://u:***@h/d"],
    ["PGPASSWORD", secret, "***"],
    ["ANYTHING", secret, "***"],
    ["EMPTY", "", ""],
    ["WEBHOOK", `https://h/${secret}`, "https://h/***"],
  ])("shows %s=%s as %s", (name, value, shown) => {
    expect(redactValue(name, value)).toBe(shown);
  });
});

describe("a password", () => {
  const rounds = 20_000;
  const alphabet = [..."abcXYZ0189 %:/?#[]@!$&'()*+,;=<>{}|^~`\"\\-._é漢\n\t"];
  const frames: ((password: string) => string)[] = [
    (password) => `postgresql://user:${password}@host.example:5432/db`,
    (password) => `postgres://user:${password}@host/db?sslmode=require&application_name=x`,
    (password) => `postgresql://:${password}@host`,
    (password) => `postgresql://user:${password}@`,
    (password) => `postgresql://user:${password}@h1:1,h2:2/db`,
    (password) => `mongodb+srv://user:${password}@cluster/db`,
    (password) => `redis://:${password}@host:6379/0`,
    (password) => `https://user:${password}@host/`,
    (password) => `postgresql:///db?host=/run&user=u&password=${encodeURIComponent(password)}&port=1`,
  ];
  const randomPassword = () => {
    let password = "";
    // A mark that no frame holds: to find half of a password is to find it.
    for (let i = randomInt(12); i > 0; i--) password += alphabet[randomInt(alphabet.length)];
    const at = randomInt(password.length + 1);
    return `${password.slice(0, at)}Qz7Jk${password.slice(at)}`;
  };

  it("never survives redaction, whatever it is made of", () => {
    for (let i = 0; i < rounds; i++) {
      const url = frames[i % frames.length]!(randomPassword());
      expect(redactUrl(url), url).not.toContain("Qz7Jk");
      expect(redactValue("DATABASE_URL", url), url).not.toContain("Qz7Jk");
    }
  });

  it("never survives in free text, as long as it stands on one line", () => {
    for (let i = 0; i < rounds; i++) {
      const url = frames[i % frames.length]!(randomPassword().replaceAll("\n", ""));
      for (const text of [`Error: invalid "${url}", see the manual`, `tried ${url} and http://example.com (twice)`]) {
        expect(redactSecrets(text), text).not.toContain("Qz7Jk");
      }
    }
  });

  it("does not make redaction slow", () => {
    const start = performance.now();
    for (const part of ["a://", "@", "a:", "password=", "'", "%", "h,", "x.", "a+"]) {
      const text = part.repeat(20_000 / part.length);
      redactSecrets(text);
      redactUrl(`postgresql://${text}`);
    }
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});
