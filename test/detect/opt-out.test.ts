import { describe, expect, it } from "vitest";
import { readDatabaseAnswer } from "../../src/detect/opt-out";
import { memoryView } from "../support/memory-view";
import { faultOf } from "./support";

const read = (text: string | undefined, environment: Record<string, string> = {}) =>
  readDatabaseAnswer(memoryView(text === undefined ? {} : { "leash.json": text }), environment);

describe("the answer given beforehand", () => {
  it("is the environment's, or else the file's", () => {
    expect(read(undefined)).toBeUndefined();
    expect(read("{}")).toBeUndefined();
    expect(read('{ "$schema": "x", "database": "skip" }')).toEqual({ answer: "skip", from: "leash.json" });
    expect(read('{ "database": "skip" }', { LEASH_DATABASE: "auto" })).toEqual({
      answer: "auto",
      from: "LEASH_DATABASE",
    });
    expect(read('{ "database": "create" }', { LEASH_DATABASE: "" })).toEqual({ answer: "create", from: "leash.json" });
  });

  it.each([
    ['{ "database": "never" }', {}, "settings/bad-answer"],
    ['{ "database": true }', {}, "settings/bad-answer"],
    ['{ "databse": "skip", "plan": 1 }', {}, "detect/broken-manifest"],
    ["{", {}, "detect/broken-manifest"],
    [undefined, { LEASH_DATABASE: "no" }, "settings/bad-answer"],
  ])("is refused where it is none: %s %j", (text, environment, code) => {
    expect(faultOf(() => read(text, environment as Record<string, string>)).code).toBe(code);
  });
});
