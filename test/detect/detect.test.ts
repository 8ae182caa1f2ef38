import { describe, expect, it } from "vitest";
import { detectApp } from "../../src/detect/detect";
import { memoryView } from "../support/memory-view";

describe("detectApp", () => {
  it("says of Flask with psycopg exactly what the command line's contract shows", () => {
    const detection = detectApp(memoryView({ "requirements.txt": "flask\npsycopg[binary]==3.2\n" }), "notes");
    expect(JSON.parse(JSON.stringify(detection))).toEqual({
      name: "notes",
      language: "python",
      framework: "flask",
      services: [
        {
          service: "postgresql",
          verdict: "uses",
          drivers: ["psycopg"],
          variables: ["DATABASE_URL"],
          reads: [{ name: "DATABASE_URL", part: "url" }],
          evidence: [{ file: "requirements.txt", line: 2, text: "psycopg[binary]==3.2", says: "driver psycopg" }],
        },
      ],
    });
  });
});
