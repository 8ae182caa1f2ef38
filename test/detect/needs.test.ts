import { describe, expect, it } from "vitest";
import { detect } from "./support";

const needsOf = (files: Record<string, string>) => detect(files).needs?.map(({ extension }) => extension);

describe("the extensions that an app will want", () => {
  it("are known by its packages", () => {
    expect(needsOf({ "package.json": '{"dependencies":{"pg":"8","pgvector":"1"}}' })).toEqual(["vector"]);
    expect(needsOf({ "requirements.txt": "psycopg\ngeoalchemy2\npgvector\n" })).toEqual(["vector", "postgis"]);
    expect(needsOf({ Gemfile: 'gem "activerecord-postgis-adapter"\n' })).toEqual(["postgis"]);
  });

  it("are none for what is for development, or for an app without PostgreSQL", () => {
    expect(
      needsOf({ "package.json": '{"dependencies":{"pg":"8"},"devDependencies":{"pgvector":"1"}}' }),
    ).toBeUndefined();
    expect(needsOf({ "package.json": '{"dependencies":{"pgvector":"1"}}' })).toBeUndefined();
  });
});
