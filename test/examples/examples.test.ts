import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Detection } from "../../src/detect/types";
import type { MatrixLanguage } from "../matrix/drivers";
import { buildGoProgram, installNodePackages, installPythonPackages, runTool, skipLoudly } from "../matrix/toolchain";
import { createSandbox, root, type Sandbox } from "../support/sandbox";
import { type RunningApp, startApp } from "./running-app";

interface Example {
  folder: string;
  language: MatrixLanguage;
  detected: { name: string; framework: string | null; drivers: string[] };
  /** How the page's first two lines read for this app. */
  shown: { app: string; driver: string };
  /** Installs and builds as the example's README says; returns the command that starts the app. */
  install(app: string): Promise<string[]>;
}

const examples: Example[] = [
  {
    folder: "flask-sqlalchemy",
    language: "python",
    detected: { name: "flask-sqlalchemy", framework: "flask", drivers: ["psycopg"] },
    shown: { app: "flask (python)", driver: "psycopg" },
    install: async (app) => [await installPythonPackages(read(app, "requirements.txt")), "app.py"],
  },
  {
    folder: "express-pg",
    language: "node",
    detected: { name: "notes-express", framework: "express", drivers: ["pg"] },
    shown: { app: "express (node)", driver: "pg" },
    install: async (app) => {
      await linkNodeModules(app);
      return ["node", "server.js"];
    },
  },
  {
    folder: "prisma",
    language: "node",
    detected: { name: "notes-prisma", framework: "express", drivers: ["prisma", "pg"] },
    shown: { app: "express (node)", driver: "prisma" },
    install: async (app) => {
      await linkNodeModules(app);
      await runTool("npm", ["run", "build"], app);
      return ["node", "dist/server.js"];
    },
  },
  {
    folder: "go-pgx",
    language: "go",
    detected: { name: "notes", framework: null, drivers: ["pgx"] },
    shown: { app: "go", driver: "pgx" },
    install: async (app) => [await buildGoProgram(app)],
  },
];

describe("the examples on the embedded server", () => {
  let sandbox: Sandbox;
  beforeAll(() => {
    sandbox = createSandbox();
  });
  afterAll(() => sandbox.dispose());

  describe.each(examples)("$folder", ({ folder, language, detected, shown, install }) => {
    const skipped = skipLoudly(`examples/${folder}`, language);
    let app: string;
    beforeAll(() => {
      app = copyExample(folder, sandbox.directory);
    });

    it("is detected by its manifests", async () => {
      const { stdout } = await sandbox.leash(["detect", "--json"], { cwd: app });
      const detection = JSON.parse(stdout) as Detection;
      expect(detection).toMatchObject({ name: detected.name, language, framework: detected.framework });
      expect(detection.services).toEqual([
        expect.objectContaining({
          service: "postgresql",
          verdict: "uses",
          drivers: detected.drivers,
          variables: ["DATABASE_URL"],
        }),
      ]);
    });

    it("is deployed with the page's words", async () => {
      const deployed = await sandbox.leash(["deploy"], { cwd: app, input: "1\n" });
      expect(deployed.stdout).toBe(pageText(shown.app, shown.driver));
      expect(deployed.exitCode).toBe(0);
    });

    it.skipIf(skipped)("keeps its notes when it is started again", { timeout: 300_000 }, async () => {
      const command = await install(app);
      await withRunningApp(sandbox, app, command, async ({ url }) => {
        expect(await (await fetch(`${url}/notes`)).json()).toEqual([]);
        const posted = await post(url, { body: "Grüße, 'quoted'" });
        expect([posted.status, await posted.json()]).toEqual([201, { id: 1, body: "Grüße, 'quoted'" }]);
        expect((await post(url, {})).status).toBe(400);
      });
      await withRunningApp(sandbox, app, command, async ({ url }) => {
        expect(await (await fetch(`${url}/notes`)).json()).toEqual([{ id: 1, body: "Grüße, 'quoted'" }]);
        expect((await fetch(`${url}/healthz`)).status).toBe(200);
      });
    });

    it("gives its database back", async () => {
      expect((await sandbox.leash(["db", "destroy", "--yes"], { cwd: app })).exitCode).toBe(0);
      const url = await sandbox.leash(["db", "url"], { cwd: app });
      expect(url).toMatchObject({ exitCode: 1, stdout: "" });
    });
  });
});

function pageText(app: string, driver: string): string {
  return `✓ Detected: ${app}
⚠ Your app uses PostgreSQL (${driver})
Options:
[1] Create a Leash database (free with your plan)
[2] Paste your own database URL
[3] Skip — I'll configure it later
Choice (1/2/3): 1
✓ Database created — DATABASE_URL injected
`;
}

/** Copies what is committed, and nothing that was installed or built beside it. */
function copyExample(name: string, directory: string): string {
  const app = path.join(directory, name);
  const made = new Set(["node_modules", "dist", "generated", ".venv", "__pycache__"]);
  fs.cpSync(path.join(root, "examples", name), app, {
    recursive: true,
    filter: (source) => !made.has(path.basename(source)),
  });
  return app;
}

function read(app: string, file: string): string {
  return fs.readFileSync(path.join(app, file), "utf8");
}

async function linkNodeModules(app: string): Promise<void> {
  const modules = await installNodePackages(read(app, "package.json"), read(app, "package-lock.json"));
  fs.symlinkSync(modules, path.join(app, "node_modules"));
}

async function withRunningApp(
  sandbox: Sandbox,
  cwd: string,
  command: string[],
  use: (app: RunningApp) => Promise<void>,
): Promise<void> {
  const app = await startApp(sandbox, cwd, command);
  try {
    await use(app);
  } finally {
    await app.stop();
  }
}

function post(url: string, note: unknown): Promise<Response> {
  return fetch(`${url}/notes`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(note),
  });
}
