import dotenv from "dotenv";
import { describe, expect, it } from "vitest";
import { parseEnvText } from "../../src/dashboard/env-text";

const read = (text: string) => Object.fromEntries(parseEnvText(text).values);
const pem = "-----BEGIN KEY-----\n\nabc\n-----END KEY-----";

describe("a pasted .env", () => {
  it.each([
    "A=1\r\nB=2\rC=3\n",
    "\nexport A=1\n\n# comment\n  B = spaced out  \nC: colon\n",
    "A=\nB=''\nC=\"\"\nD=` x `",
    "A='x \\n y'\nB=\"x\\ny\\rz\"\nC=\"it's\" # why\nD='#'",
    `KEY="${pem}"\nOTHER='${pem}'\nLAST=1`,
    'A=a=b==\nB={"x": 1}\nC=$A $B\nD=1;E=2',
    "A=1 # one\nB=2\t#two\nC= # none",
    "A.B=1\nA-B=2\n1A=3\nconstructor=4",
    "A=\"unclosed\nB=1\nC='unclosed",
    "A=é🦊\nB=x\u00a0",
  ])("is read as dotenv reads it: %j", (text) => {
    expect(read(text)).toEqual({ ...dotenv.parse(text) });
    expect(parseEnvText(text).notes).toEqual([]);
  });

  it("keeps a password with a # whole, which dotenv cuts", () => {
    const url = "postgres://ada:p#ss@db.example.com/notes";
    expect(read(`DATABASE_URL=${url}\nA=x#y # z`)).toEqual({ DATABASE_URL: url, A: "x#y" });
  });

  it("says which lines were left out and which names stand there twice, and no value", () => {
    const text = "\ufeffA=1\nsecret words\n\n=x\nB=\"1\n2\"\n$env:X='1'\nA=2\n__proto__=3\nsetx C 1\nset D=4";
    const { values, notes } = parseEnvText(text);
    expect([...values]).toEqual([
      ["A", "2"],
      ["B", "1\n2"],
      ["__proto__", "3"],
      ["D", "4"],
    ]);
    expect(notes).toEqual([
      "Left out, because no NAME=value stands there: line 2, 4, 7, 10.",
      "Set more than once, of which the last counts: A.",
    ]);
    expect(parseEnvText("x\n".repeat(20)).notes[0]).toMatch(/line 1, 2, 3, 4, 5, 6, 7, 8 and 12 more\.$/);
  });

  it.each([
    ["line breaks", "\n"],
    ["spaces", " "],
    ["a name and spaces", "A "],
    ["unclosed quotes", "A='x\n"],
    ["backslashes", '\\"'],
    ["quotes of all kinds", "A=`\nB=\"\nC='\n"],
    ["names", "A=1\n"],
  ])("is read in no time, a quarter of a megabyte of %s too", (_, part) => {
    const text = `A="${part.repeat(262_144 / part.length - 4)}`;
    const start = performance.now();
    parseEnvText(text);
    parseEnvText(text.slice(3));
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});
