import { describe, expect, it } from "vitest";
import { normalizeModulePath } from "../../src/detect/manifests/go-mod";
import { detect, driversOf, faultOf, serviceOf } from "./support";

const goMod = (text: string) => ({ "go.mod": `module example.com/team/notes/v2\n\ngo 1.22\n\n${text}\n` });

describe("go.mod", () => {
  it("reads a require block, with the line of each module", () => {
    const service = serviceOf(
      goMod("require (\n\tgithub.com/gin-gonic/gin v1.10.0\n\tgithub.com/jackc/pgx/v5 v5.5.5\n)"),
    );
    expect(service?.evidence).toEqual([
      { file: "go.mod", line: 7, text: "github.com/jackc/pgx/v5 v5.5.5", says: "driver pgx" },
    ]);
  });

  it("takes the module's last segment without its major version for the name", () => {
    expect(detect(goMod(""))).toMatchObject({ name: "notes", language: "go", framework: null });
    expect(detect({ "go.mod": 'module "gopkg.in/notes.v3"' }).name).toBe("notes");
  });

  it.each([
    "require github.com/lib/pq v1.10.9",
    "require github.com/lib/pq v1.10.9 // the driver; indirect ways are none",
    "require(\n\tgithub.com/lib/pq v1.10.9\n)",
    'require "github.com/lib/pq" v1.10.9',
    "require (\n\t`github.com/lib/pq` v1.10.9\n)",
    "require github.com/lib/pq v0.0.0\nreplace github.com/lib/pq => ../pq",
    "require github.com/lib/pq v1.10.9+incompatible",
  ])("counts %j", (text) => {
    expect(driversOf(goMod(text))).toEqual(["lib/pq"]);
  });

  it.each([
    "require github.com/lib/pq v1.10.9 // indirect",
    "require (\n\tgithub.com/lib/pq v1.10.9 // indirect\n)",
    "require github.com/lib/pq v1.10.9 //indirect; by migrate",
    "// require github.com/lib/pq v1.10.9",
    "require (\n\t// github.com/lib/pq v1.10.9\n)",
    "exclude github.com/lib/pq v1.10.8",
    "exclude (\n\tgithub.com/lib/pq v1.10.8\n)",
    "replace example.com/other => github.com/lib/pq v1.10.9",
    "replace (\n\tgithub.com/lib/pq => github.com/fork/pq v1.0.0\n)",
    "tool github.com/lib/pq",
    "retract [v1.0.0, v1.1.0] // github.com/lib/pq v1",
    "require github.com/lib/pqx v1.0.0",
    "require mirror.example.com/github.com/lib/pq v1.0.0",
  ])("does not count %j", (text) => {
    expect(detect(goMod(text)).services).toEqual([]);
  });

  it.each([
    ["github.com/jackc/pgx/v5", "github.com/jackc/pgx"],
    ["github.com/jackc/pgx", "github.com/jackc/pgx"],
    ["gopkg.in/mgo.v2", "gopkg.in/mgo"],
    ["github.com/x/v2ray", "github.com/x/v2ray"],
    ["github.com/x/y/v2/cmd", "github.com/x/y/v2/cmd"],
  ])("writes %s without its major version", (path, normalized) => {
    expect(normalizeModulePath(path)).toBe(normalized);
  });

  it.each([
    ["require (\n\tgithub.com/lib/pq v1.10.9", 'go.mod:5:1: the block "require (" is not closed.'],
    ["require github.com/lib/pq", "go.mod:5:1: a require needs a module path and a version."],
    ["require (\n\tgithub.com/lib/pq\n)", "go.mod:6:1: a require needs a module path and a version."],
  ])("says where %j is wrong", (text, message) => {
    expect(faultOf(() => detect(goMod(text)))).toMatchObject({ code: "detect/broken-manifest", message });
  });

  it("names gorm's PostgreSQL driver by the pgx that it brings along", () => {
    expect(driversOf(goMod("require (\n\tgorm.io/gorm v1.25.0\n\tgorm.io/driver/postgres v1.5.7\n)"))).toEqual(["pgx"]);
  });
});
