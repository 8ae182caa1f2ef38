import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { checkVariable, normalizeVariable } from "../../src/connection/check-variable";
import { serviceOfVariable } from "../../src/connection/services";
import { parseServiceUrl, parseVariable } from "../../src/connection/variable-rules";
import { LeashError } from "../../src/errors";
import { adviceWords, otherNames, rows, secret } from "./variable-strings";

const words = (text = "") => text.split(" ").filter((word) => word !== "");
type Case = [name: string, value: string, title: string | null, faults: string, advice: string];
const all = Object.entries(rows).flatMap(([name, some]) =>
  some.map(([value, title, faults = "", advice = ""]): Case => [name, value, title, faults, advice]),
);
const short = (text: string) => JSON.stringify(text).slice(0, 110);
const titled = all.map((row): [string, ...Case] => [`${row[0]} ${short(row[1])}`, ...row]);

describe("checkVariable", () => {
  it("is held against 200 strings and more, which name each fault and each advice of the tables", () => {
    expect(all.length).toBeGreaterThanOrEqual(200);
    const advised = new Set(all.flatMap(([, , , , advice]) => words(advice)));
    expect([...Object.keys(adviceWords)].filter((id) => !advised.has(id))).toEqual(["name"]);
  });

  it.each(titled)("takes %s for what it is", (_, name, value, title, faults, advice) => {
    const check = checkVariable(name, value);
    expect({ title: check.title, faults: check.faults.map(({ code }) => code).sort() }).toEqual({
      title,
      faults: words(faults).sort(),
    });
    const ids = words(advice);
    if (check.faults.length === 0 || ids.length > 0) {
      const found = check.advice.map(
        (sentence) => ids.find((id) => sentence.includes(adviceWords[id]!)) ?? `unexpected: ${sentence}`,
      );
      expect(found.sort()).toEqual(ids.sort());
    }
  });

  it.each(titled)("says nothing secret about %s, and everything in whole sentences", (_, name, value) => {
    const check = checkVariable(name, value);
    expect(inspect(check, { depth: 9 })).not.toContain(secret);
    for (const { message, hint } of check.faults) {
      expect(message).toMatch(/^[A-Zd].*\.$/s);
      expect(hint).toMatch(/^[A-Z].*\.$/s);
    }
    for (const sentence of check.advice) expect(sentence).toMatch(/^[A-Z].*\.$/s);
  });

  it.each(titled)("stores a form of %s that reads the same again, or refuses it", (_, name, value) => {
    const check = checkVariable(name, value);
    // No environment takes a NUL byte, whatever else is wrong.
    if (check.faults.length > 0 && !value.includes("\0")) {
      const refused = catchError(() => parseVariable(name, value));
      expect(refused).toMatchObject({
        exitCode: 2,
        code: check.faults.length === 1 ? check.faults[0]!.code : "url/invalid",
      });
      expect(inspect(refused, { depth: 9, showHidden: true })).not.toContain(secret);
    }
    if (check.faults.length > 0) return;
    const stored = normalizeVariable(name, value);
    expect(parseVariable(name, value).value).toBe(stored);
    if (check.service) expect(stored).toMatch(/^(?:postgresql(?:\+\w+)?|mongodb(?:\+srv)?|rediss?):\/\/\S*$/);
    expect(normalizeVariable(name, stored)).toBe(stored);
    expect(checkVariable(name, stored)).toEqual(check);
    expect(stored.includes(secret)).toBe(value.includes(secret));
  });

  it.each(titled.filter((row) => row[5].match(/meant|library|jdbc|prisma|keywords/)))(
    "takes %s for no URL of the service where that one alone will do",
    (_, name, value) => {
      const { code, exitCode } = catchError(() => parseServiceUrl(serviceOfVariable(name)!, value)) as LeashError;
      expect(exitCode).toBe(2);
      expect(code).toMatch(/^url\/(?:wrong-scheme|not-a-connection-string)$/);
    },
  );

  it.each(otherNames.map((row) => [`${row[0]}=${short(row[1])}`, ...row] as const))(
    "has no fault but advice for %s",
    (_, name, value, service, advice) => {
      const check = checkVariable(name, value);
      expect(check).toMatchObject({ service, faults: [] });
      expect(check.advice).toHaveLength(advice.length);
      for (const [i, part] of advice.entries()) expect(check.advice[i]).toContain(part);
      expect(inspect(check)).not.toContain(secret);
      expect(parseVariable(name, value).value).toBe(value);
    },
  );

  it.each([
    ["DATABASE_URL", "'postgres://u:p@db.example/x'", "postgresql://u:p@db.example/x"],
    ["DATABASE_URL", "postgres://u:p@ss@db.example/x", "postgresql://u:p%40ss@db.example/x"],
    [
      "MONGODB_URI",
      "mongodb+srv://u:p@c.ab1.mongodb.net?w=majority",
      "mongodb+srv://u:p@c.ab1.mongodb.net/?w=majority",
    ],
    ["MONGODB_URI", "mongosh 'mongodb://localhost/x'", "mongodb://localhost/x"],
    ["REDIS_URL", "redis-cli --tls -u redis://default:p@h:1", "rediss://default:p@h:1"],
    ["REDIS_URL", "redis-cli -u redis://default:p@h:1", "redis://default:p@h:1"],
    ["REDIS_URL", "redis-cli -u rediss://default:p@h:1 --tls", "rediss://default:p@h:1"],
    ["REDIS_URL", "redis://default:a@b@h:1/", "redis://default:a%40b@h:1"],
    ["KV_URL", ' "rediss://default:p@h" ', "rediss://default:p@h"],
    ["KV_URL", ' "other" ', ' "other" '],
    ["OTHER", ' "rediss://default:p@h" ', ' "rediss://default:p@h" '],
    ["REDIS_URL", "  x  ", "  x  "],
    ["DATABASE_URL", ' "file:./dev.db" ', "file:./dev.db"],
    ["DATABASE_URL", "sqlite:///db.sqlite3", "sqlite:///db.sqlite3"],
  ])("stores %s=%s as it should be", (name, value, stored) => {
    expect(normalizeVariable(name, value)).toBe(stored);
  });
});

/** Milliseconds for a check; where it was slow it is measured again, because the machine may have been busy. */
function quickest(name: string, value: string): number {
  let best = Number.POSITIVE_INFINITY;
  for (let times = 0; times < 5 && best > 50; times++) {
    const start = performance.now();
    checkVariable(name, value);
    normalizeVariable(name, value);
    best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** mulberry32: a failure can be had again by its seed. */
function seededIntegers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

function catchError(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("it was accepted");
}

describe("checkVariable, given anything", () => {
  const seed = Number(process.env.LEASH_FUZZ_SEED ?? Date.now() % 1e9);
  const integer = seededIntegers(seed);
  const pick = <T>(values: readonly T[]) => values[integer(values.length)]!;
  const marker = "Qz7Jk";
  const names = ["DATABASE_URL", "MONGODB_URI", "REDIS_URL", "KV_URL", "MONGO_URL", "OTHER"];
  const schemes = [
    "postgresql://",
    "postgres://",
    "mongodb://",
    "mongodb+srv://",
    "redis://",
    "rediss://",
    "https://",
    "",
  ];
  const own: Readonly<Record<string, readonly string[]>> = {
    ...{ DATABASE_URL: ["postgresql://"], MONGODB_URI: ["mongodb://", "mongodb+srv://"], REDIS_URL: ["rediss://"] },
  };
  const hosts = ["h.example", "c.ab1.mongodb.net", "x.upstash.io:6379", "[::1]:5", "a:1,b:2", "db.abc.supabase.co"];
  const wrappers = ["", '"', "'", "psql '", "redis-cli --tls -u ", "mongosh ", "NAME=", "<", " \n", "\u200b"];
  const signs = [..."abXY09 %:/?#[]@!$&'()*+,;=<>{}|^~`\"\\-._é漢\n\t\0\ud83d"];
  const noise = () => Array.from({ length: integer(2) * integer(7) }, () => pick(signs)).join("");
  const count = process.env.LEASH_SOAK ? 200_000 : 20_000;

  /** A URL with a password in which the marker stands, wrapped and cut in some way. */
  function build(name: string): string {
    const password = `${noise()}${marker}${noise()}`;
    const login = pick([`u:${password}@`, `:${password}@`, `${password}@`, `${noise()}:${password}@`, `u:${password}`]);
    const rest = pick([
      "",
      "/",
      "/app",
      "/0",
      `/${noise()}`,
      "/app?tls=true",
      `/?password=${password}`,
      `/x?${noise()}=${noise()}`,
    ]);
    const text = `${pick(wrappers)}${pick(integer(2) === 0 ? schemes : (own[name] ?? schemes))}${login}${pick(hosts)}${rest}${pick(["", "", '"', "'", ";", " --tls", "\n"])}`;
    return integer(10) === 0 ? text.slice(integer(text.length)) : text;
  }

  it(`never throws, never is slow, never says the password (seed ${seed})`, () => {
    let accepted = 0;
    for (let i = 0; i < count; i++) {
      const name = pick(names);
      const value = build(name);
      expect(quickest(name, value), JSON.stringify(value)).toBeLessThan(50);
      const check = checkVariable(name, value);
      const stored = normalizeVariable(name, value);
      expect(JSON.stringify(check), `${name}=${JSON.stringify(value)}`).not.toContain(marker);
      if (check.faults.length === 0 && serviceOfVariable(name)) {
        accepted += 1;
        expect(checkVariable(name, stored).faults, JSON.stringify(value)).toEqual([]);
        expect(normalizeVariable(name, stored), JSON.stringify(value)).toBe(stored);
      }
      try {
        parseVariable(name, value);
      } catch (error) {
        if (!(error instanceof LeashError)) throw error;
        expect(inspect(error, { depth: 9, showHidden: true }), JSON.stringify(value)).not.toContain(marker);
      }
    }
    expect(accepted).toBeGreaterThan(count / 200);
  });

  it.each([
    ["a million letters", "x".repeat(1_000_000)],
    ["quotes", `"'`.repeat(2_000)],
    ["angles", "<".repeat(4_000)],
    ["names", "a=".repeat(2_000)],
    ["commands", "redis-cli --tls ".repeat(250)],
    ["spaces behind a command", `redis-cli${" ".repeat(4_000)}x`],
    ["@ signs", `redis://${"@".repeat(4_000)}`],
    ["colons", `mongodb://${":".repeat(4_000)}`],
    ["commas", `mongodb://${",".repeat(4_000)}`],
    ["questions", `postgresql://${"?".repeat(4_000)}`],
    ["percents", `rediss://${"%".repeat(4_000)}`],
    ["dots", `https://${"a.".repeat(2_000)}`],
    ["brackets", `mongodb://u:p@${"[".repeat(4_000)}`],
    ["parameters", `mongodb://h/?${"a=b&".repeat(1_000)}`],
    ["invisible signs", "\u200b".repeat(4_000)],
    ["half signs", `redis://u:${"\ud83d".repeat(4_000)}@h`],
    ["dashes of a pooler's name", `postgresql://u:p@${"a-".repeat(1_900)}pooler.x/db`],
    ["private endpoints", `mongodb+srv://u:p@${"pl-0-".repeat(800)}.x/db`],
  ])("is quick about %s", (_, value) => {
    for (const name of names) expect(quickest(name, value)).toBeLessThan(50);
  });
});
