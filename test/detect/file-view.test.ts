import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { detectApp } from "../../src/detect/detect";
import { largestManifestBytes, openFolder } from "../../src/detect/file-view";
import { faultOf } from "./support";

let home: string;
let app: string;

it("reads lines that end in a carriage return alone", () => {
  writeFileSync(
    join(app, "App.csproj"),
    '<Project>\r<ItemGroup>\r<PackageReference Include="Npgsql"/></ItemGroup></Project>',
  );
  writeFileSync(join(app, "requirements.txt"), "# web\rflask\rpsycopg\r");
  const [found] = detectApp(openFolder(app), "app").services;
  expect(found?.evidence.map(({ file, line }) => `${file}:${line}`).sort()).toEqual([
    "App.csproj:3",
    "requirements.txt:3",
  ]);
});

beforeEach(() => {
  home = realpathSync(mkdtempSync(join(tmpdir(), "leash-detect-")));
  app = join(home, "app");
  mkdirSync(app);
});

afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

const write = (path: string, content: string | Buffer) => writeFileSync(join(app, path), content);
const detectReal = () => detectApp(openFolder(app), "app");

describe("openFolder", () => {
  it("reads a real app", () => {
    write("requirements.txt", "flask\n-r more.txt\n");
    write("more.txt", "psycopg\n");
    expect(detectReal()).toMatchObject({
      framework: "flask",
      services: [{ evidence: [{ file: "more.txt", line: 1 }] }],
    });
  });

  it("lists names in order and tells what stands at a path", () => {
    mkdirSync(join(app, "b"));
    write("a", "");
    write("b/c", "");
    symlinkSync("..", join(app, "up"));
    symlinkSync("nowhere", join(app, "lost"));
    const view = openFolder(app);
    expect(view.list("")).toEqual(["a", "b", "lost", "up"]);
    expect(view.list("b")).toEqual(["c"]);
    const kinds = ["", "a", "b", "b/c", "b/../a", "c", "a/b", "up", "up/app/a", "lost", "../app/a", "..", "/etc"].map(
      view.kindOf,
    );
    expect(kinds).toEqual([
      "folder",
      "file",
      "folder",
      "file",
      "file",
      undefined,
      undefined,
      "outside",
      "file",
      "other",
      "file",
      "outside",
      "outside",
    ]);
  });

  it("takes a folder whose own path goes through a link", () => {
    write("package.json", '{"dependencies": {"pg": "8"}}');
    symlinkSync("app", join(home, "link"));
    expect(detectApp(openFolder(join(home, "link")), "x").services).toHaveLength(1);
  });

  it("is not fooled by a sibling whose name begins like the folder's", () => {
    mkdirSync(join(home, "app-secrets"));
    writeFileSync(join(home, "app-secrets", "r.txt"), "psycopg2\n");
    write("requirements.txt", "-r ../app-secrets/r.txt\nflask\n");
    expect(detectReal().services).toEqual([]);
  });

  it("follows links inside the folder, and no include by a link that leaves it", () => {
    writeFileSync(join(home, "outside.txt"), "psycopg2\n");
    write("inside.txt", "asyncpg\n");
    symlinkSync("../outside.txt", join(app, "leaving.txt"));
    symlinkSync("inside.txt", join(app, "staying.txt"));
    write("requirements.txt", "-r leaving.txt\n-r staying.txt\n");
    expect(detectReal().services).toMatchObject([{ drivers: ["asyncpg"] }]);
  });

  it("refuses a manifest that is a link out of the folder, without showing what it leads to", () => {
    writeFileSync(join(home, "secret.txt"), "psycopg2\n");
    symlinkSync("../secret.txt", join(app, "requirements.txt"));
    const fault = faultOf(detectReal);
    expect(fault).toMatchObject({
      code: "detect/unreadable",
      message: "requirements.txt is a link that leaves the app's folder.",
    });
  });

  it.each([
    ["a loop of links", (path: string) => symlinkSync("package.json", path)],
    ["a link to nowhere", (path: string) => symlinkSync("gone.json", path)],
    ["a pipe", (path: string) => execFileSync("sh", ["-c", 'mkfifo "$1"', "sh", path])],
  ])("refuses a manifest that is %s, and does not wait for it", (_what, make) => {
    make(join(app, "package.json"));
    expect(faultOf(detectReal)).toMatchObject({
      code: "detect/unreadable",
      message: "package.json is not a regular file (a pipe, a device, or a link that leads nowhere).",
    });
  });

  it("refuses a manifest that is a folder", () => {
    mkdirSync(join(app, "package.json"));
    expect(faultOf(detectReal).message).toBe("package.json is a folder, not a file.");
  });

  it("refuses a device that an include names by a link", () => {
    symlinkSync("/dev/zero", join(app, "zero.txt"));
    write("requirements.txt", "-r zero.txt\npsycopg\n");
    expect(detectReal().services).toHaveLength(1);
  });

  it("reads a manifest of exactly the largest size, and refuses one byte more without reading it", () => {
    const line = "psycopg\n";
    write("requirements.txt", line + "#".repeat(largestManifestBytes - line.length));
    expect(detectReal().services).toHaveLength(1);
    truncateSync(join(app, "requirements.txt"), largestManifestBytes + 1);
    expect(faultOf(detectReal)).toMatchObject({
      code: "detect/too-large",
      message: `requirements.txt has ${largestManifestBytes + 1} bytes; a manifest may have 5 MB.`,
    });
  });

  it("refuses a manifest of 100 MB at once", () => {
    write("package.json", "{");
    truncateSync(join(app, "package.json"), 100 * 1024 ** 2);
    expect(faultOf(detectReal).code).toBe("detect/too-large");
  });

  it.each([
    ["a NUL byte", Buffer.from('{"name": "a\0b"}')],
    ["bytes that are no UTF-8", Buffer.from([0x7b, 0xff, 0x7d])],
    ["half a UTF-16 character", Buffer.from([0xff, 0xfe, 0x00, 0xd8])],
    ["a program", Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2])],
  ])("refuses a manifest that holds %s", (_what, bytes) => {
    write("package.json", bytes);
    expect(faultOf(detectReal)).toMatchObject({ code: "detect/not-text", message: "package.json is not a text file." });
  });

  it.each([
    ["UTF-8", Buffer.from('\uFEFF{"name": "Käse"}')],
    ["UTF-16", Buffer.from('\uFEFF{"name": "Käse"}', "utf16le")],
    ["UTF-16 with the high byte first", Buffer.from('\uFEFF{"name": "Käse"}', "utf16le").swap16()],
  ])("reads %s with a byte order mark", (_encoding, bytes) => {
    write("package.json", bytes);
    expect(detectReal().name).toBe("Käse");
  });

  it("refuses a folder that is not there, and a file in its place", () => {
    expect(faultOf(() => openFolder(join(app, "gone")))).toMatchObject({
      code: "detect/unreadable",
      message: `${join(app, "gone")} can't be read: ENOENT.`,
      hint: "Check the path.",
    });
    write("file", "");
    expect(faultOf(() => openFolder(join(app, "file"))).message).toBe(`${join(app, "file")} is not a folder.`);
  });

  it("refuses a folder that is a loop of links", () => {
    symlinkSync("loop", join(home, "loop"));
    expect(faultOf(() => openFolder(join(home, "loop")))).toMatchObject({ code: "detect/unreadable" });
  });

  it("refuses what the user may not read", () => {
    write("package.json", "{}");
    chmodSync(home, 0o755);
    chmodSync(join(app, "package.json"), 0);
    expect(asOrdinaryUser(() => faultOf(detectReal))).toMatchObject({
      code: "detect/unreadable",
      message: "package.json can't be read: EACCES.",
      hint: "Check that your user may read it.",
    });
    chmodSync(app, 0);
    expect(asOrdinaryUser(() => faultOf(detectReal))).toMatchObject({ code: "detect/unreadable" });
    chmodSync(app, 0o700);
  });
});

/** Root may read everything, so that it has to be somebody else for this. */
function asOrdinaryUser<T>(run: () => T): T {
  if (process.geteuid?.() !== 0) return run();
  process.seteuid?.(65_534);
  try {
    return run();
  } finally {
    process.seteuid?.(0);
  }
}
