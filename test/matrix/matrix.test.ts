import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Detection } from "../../src/detect/types";
import { findPgbouncer } from "../../src/platform/pool";
import { handlesPrepared } from "../../src/pool/config";
import { createSandbox, type Sandbox } from "../support/sandbox";
import type { MatrixLanguage } from "./drivers";
import { type MatrixDriver, matrixDrivers } from "./drivers";
import { appsFolder, joinNodeManifests, joinPythonManifests } from "./manifest";
import {
  type MatrixResult,
  readDocumentedResults,
  recognizeUrl,
  renderDriver,
  renderResults,
  writeDocumentedResults,
} from "./results";
import { buildGoProgram, installNodePackages, installPythonPackages, runTool, skipLoudly } from "./toolchain";

/** PgBouncer's version; a newer one than the machine's may be tried. */
const pgbouncer = ((): number | undefined => {
  try {
    return findPgbouncer().version;
  } catch {
    console.warn("SKIPPED: the drivers through the pool, for want of PgBouncer");
    return undefined;
  }
})();
const given = (name: string) => (process.env[name] === undefined ? {} : { [name]: process.env[name] });
const soak = process.env.LEASH_SOAK === "1";
/** Another server than the embedded one may be tried; the docs tell of the embedded one. */
const installed = process.env.LEASH_POSTGRES_BIN;
const drivers = matrixDrivers.filter((driver) => soak || driver.page);
const appsIn = (language: MatrixLanguage) =>
  drivers.flatMap((driver) => (driver.language === language ? driver.app : []));

/** Installs what a copied app needs, together with the others of its language; returns the command that runs it. */
const installers: Record<MatrixLanguage, (folder: string) => Promise<string[]>> = {
  async node(folder) {
    fs.symlinkSync(await installNodePackages(joinNodeManifests(appsIn("node"))), path.join(folder, "node_modules"));
    if (fs.existsSync(path.join(folder, "prisma"))) await runTool("npx", ["prisma", "generate"], folder);
    return ["node", "main.js"];
  },
  python: async () => [await installPythonPackages(joinPythonManifests(appsIn("python"))), "main.py"],
  go: async (folder) => [await buildGoProgram(folder)],
};

const pgVariables = ["PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGSSLMODE"];
const withoutPgVariables = ["env", ...pgVariables.flatMap((name) => ["-u", name])];

/** The first program of a language waits for the downloads of all of them. */
const timeout = 300_000;

describe("the drivers, with nothing but the environment that `leash run` gives them", () => {
  const results = new Map<MatrixDriver, MatrixResult>();
  let sandbox: Sandbox;
  beforeAll(() => {
    sandbox = createSandbox({ ...given("LEASH_POSTGRES_BIN"), ...given("LEASH_PGBOUNCER") });
  });
  afterAll(() => sandbox.dispose());

  for (const language of ["node", "python", "go"] as const) {
    describe.skipIf(skipLoudly(`the ${language} drivers`, language))(language, () => {
      it.each(drivers.filter((driver) => driver.language === language))(
        "$app writes, and reads it back at its next start",
        { timeout },
        async (driver) => {
          const folder = path.join(sandbox.directory, driver.app);
          fs.cpSync(path.join(appsFolder, driver.app), folder, { recursive: true });

          const detected = await sandbox.leash(["detect", "--json"], { cwd: folder });
          const { services } = JSON.parse(detected.stdout) as Detection;
          expect(
            services.map(({ service, verdict, drivers, libraries }) => [service, verdict, drivers, libraries]),
          ).toEqual([["postgresql", "uses", driver.drivers, driver.libraries]]);

          const deployed = await sandbox.leash(["deploy", "--choice", "create"], { cwd: folder });
          expect(deployed).toMatchObject({ exitCode: 0 });

          const shown = await sandbox.leash(["run", "--", "printenv", "DATABASE_URL"], { cwd: folder });
          const connection = recognizeUrl(shown.stdout.trim());
          const { major } = JSON.parse((await sandbox.leash(["status", "--json"])).stdout) as { major: number };
          const command = await installers[language](folder);
          const first = await sandbox.leash(["run", "--", ...command], { cwd: folder });
          const second = await sandbox.leash(["run", "--", ...withoutPgVariables, ...command], { cwd: folder });
          const result = { connection, works: first.stdout === "ok 2\n", urlAlone: second.stdout === "ok 4\n" };
          results.set(driver, { ...result, postgres: major });

          expect(first, first.stderr).toMatchObject({ exitCode: 0, stdout: "ok 2\n" });
          expect(result.urlAlone, second.stderr).toBe(connection !== "environment");
          if (!soak) expect(readDocumentedResults()).toContain(renderDriver(driver, result));
          if (pgbouncer === undefined) return;

          await sandbox.leash(["deploy", "--choice", "create", "--pool"], { cwd: folder });
          // The first one leaves its prepared statements with a session that the second one is given.
          const pooled = [];
          for (const _ of [1, 2]) pooled.push(await sandbox.leash(["run", "--", ...command], { cwd: folder }));
          const works = pooled.every(({ stdout }) => /^ok \d+$/m.test(stdout));
          expect(works, pooled.map(({ stderr }) => stderr).join()).toBe(!driver.prepares || handlesPrepared(pgbouncer));
        },
      );
    });
  }

  it("have a row each in docs/drivers.md", () => {
    if (soak && installed === undefined && results.size === matrixDrivers.length)
      writeDocumentedResults(renderResults(results));
    const documented = readDocumentedResults().split("\n").slice(2);
    expect(documented.map((row) => row.split(" | ")[0]?.slice(2))).toEqual(matrixDrivers.map(({ app }) => app));
  });

  it("have a folder each in apps/", () => {
    expect(fs.readdirSync(appsFolder).sort()).toEqual(matrixDrivers.map(({ app }) => app).sort());
  });
});
