import { describe, expect, it } from "vitest";
import type { LocatedValue, Table } from "../../src/detect/documents/document";
import { parseJsonDocument } from "../../src/detect/documents/json";
import { Source } from "../../src/detect/place";
import { LeashError } from "../../src/errors";
import { detect } from "./support";

/** As JSON.parse would give it, but without the offsets. */
function plain(value: LocatedValue): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, member]) => [key, plain(member.value)]));
  return Array.isArray(value) ? value.map((item) => plain(item.value)) : value;
}

/** Undefined for what is refused. */
function read(text: string): Table | undefined {
  try {
    return parseJsonDocument(new Source("package.json", text)).root;
  } catch (error) {
    if (error instanceof LeashError) return undefined;
    throw error;
  }
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);

const seed = JSON.stringify(
  { name: 'a"b\\\u0001é\ud83d\ude00', n: [0, -1.5, 1e21, 2e-7, true, false, null, {}, []], deep: { a: { b: [[{}]] } } },
  null,
  1,
);
const signs = [
  '"',
  "\\",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "0",
  "-",
  ".",
  "e",
  "+",
  "t",
  "null",
  "\n",
  "\t",
  "\u0000",
  "u12",
  " ",
];

describe("a JSON document", () => {
  it("reads what JSON.parse reads and nothing else", () => {
    let state = 7;
    const pick = (below: number) => {
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    };
    const outcomes = { read: 0, refused: 0 };
    for (let run = 0; run < 30_000; run++) {
      let text = seed;
      for (let change = pick(3); change >= 0; change--) {
        const at = pick(text.length);
        text = text.slice(0, at) + signs[pick(signs.length)] + text.slice(at + pick(3));
      }
      const [wanted, table] = [parsed(text), read(text)];
      expect(table === undefined, text).toBe(!isObject(wanted));
      if (table !== undefined) expect(plain(table), text).toEqual(wanted);
      outcomes[table === undefined ? "refused" : "read"] += 1;
    }
    expect(outcomes.read).toBeGreaterThan(1000);
    expect(outcomes.refused).toBeGreaterThan(1000);
  });

  it("knows where a member's key and an item stand", () => {
    const text = '{ "a" : 1,\n  "b": [ "x" ] }';
    const table = read(text);
    expect(table?.get("a")?.offset).toBe(text.indexOf('"a"'));
    expect(table?.get("b")?.offset).toBe(text.indexOf('"b"'));
    expect(table?.get("b")?.value).toEqual([{ value: "x", offset: text.indexOf('"x"') }]);
  });

  it("keeps a name such as __proto__ a name like any other", () => {
    expect(read('{"__proto__": 1}')?.get("__proto__")?.value).toBe(1);
  });
});

describe("a package.json of 60,000 dependencies", () => {
  it("costs no more than a few times what JSON.parse takes for it", () => {
    const dependencies = Object.fromEntries(Array.from({ length: 60_000 }, (_, at) => [`p${at}`, "1"]));
    const text = JSON.stringify({ dependencies: { ...dependencies, pg: "8" } });
    const fastest = (work: () => unknown) =>
      Math.min(
        ...Array.from({ length: 12 }, () => {
          const before = process.cpuUsage();
          work();
          const { user, system } = process.cpuUsage(before);
          return (user + system) / 1000;
        }),
      );
    const parse = fastest(() => JSON.parse(text));
    const ours = fastest(() => expect(detect({ "package.json": text }).services[0]?.verdict).toBe("uses"));
    expect(ours).toBeLessThan(parse * 8);
  });
});
