import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "./support/sandbox";

describe("the packed package in an outside project", () => {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "leash-package-")));
  fs.chmodSync(directory, 0o755); // started by root, PostgreSQL runs as a user that must get here
  const env = { LEASH_HOME: path.join(directory, "home"), NO_COLOR: "1", DATABASE_URL: undefined };
  const leash = path.join(directory, "node_modules/.bin/leash");
  beforeAll(async () => {
    await execa("npm", ["pack", "--ignore-scripts", "--pack-destination", directory], { cwd: root });
    const tarball = fs.readdirSync(directory).find((name) => name.endsWith(".tgz"))!;
    const manifest = { name: "outside", version: "1.0.0", dependencies: { express: "5.1.0", pg: "8.16.3" } };
    fs.writeFileSync(path.join(directory, "package.json"), JSON.stringify(manifest));
    // As careful users install: no script of any package runs.
    await execa("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", `./${tarball}`], { cwd: directory });
  });
  afterAll(async () => {
    await execa(leash, ["stop"], { cwd: directory, env, reject: false });
    fs.rmSync(directory, { recursive: true, force: true });
  });

  it("works as a command line", async () => {
    const deployed = await execa(leash, ["deploy", "--choice", "create"], { cwd: directory, env });
    expect(deployed.stdout).toMatch(/✓ Detected: express \(node\)\n✓ Database created — DATABASE_URL injected$/);
    const script = `const { Client } = require("pg"); (async () => {
      const client = new Client({ connectionString: process.env.DATABASE_URL });
      await client.connect();
      console.log((await client.query("select 40 + 2 as answer")).rows);
      await client.end();
    })();`;
    const ran = await execa(leash, ["run", "--", "node", "-e", script], { cwd: directory, env });
    expect(ran.stdout).toBe("[ { answer: 42 } ]");
  });

  it("works as a library, by require and by import", async () => {
    const use = `const found = detectFolder("."); const described = describeAppDatabase({ id: createAppId(), plan: "pro" });
      console.log(found.services[0].drivers[0], described.roles[1].connectionLimit);`;
    const names = "{ createAppId, describeAppDatabase, detectFolder }";
    const required = await execa("node", ["-e", `const ${names} = require("leash-databases"); ${use}`], {
      cwd: directory,
    });
    const imported = await execa(
      "node",
      ["--input-type=module", "-e", `import ${names} from "leash-databases"; ${use}`],
      {
        cwd: directory,
      },
    );
    expect([required.stdout, imported.stdout]).toEqual(["pg 10", "pg 10"]);
  });

  it("holds what is needed to run and nothing else", async () => {
    const packaged = path.join(directory, "node_modules/leash-databases");
    const names = fs.readdirSync(packaged).filter((name) => name !== "node_modules");
    expect(names.sort()).toEqual(
      [
        ...["ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "README.md", "bin", "dist", "docs", "package.json"],
        ...["images", "pulumi", "templates"],
      ].sort(),
    );
    expect(fs.statSync(path.join(packaged, "bin/leash.js")).mode & 0o111).not.toBe(0);
  });
});
