import { execFileSync } from "node:child_process";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli, createSandbox, flaskApp, type Sandbox } from "../support/sandbox";

const hasScript = (() => {
  try {
    return execFileSync("script", ["--version"], { encoding: "utf8" }).includes("util-linux");
  } catch {
    return false;
  }
})();
if (!hasScript) console.warn("SKIPPED: the tests on a terminal, which util-linux's script(1) makes");

describe.skipIf(!hasScript)("on a terminal", () => {
  let sandbox: Sandbox;
  let app: string;
  beforeAll(() => {
    sandbox = createSandbox({ TERM: "xterm" });
    app = sandbox.app("notes", flaskApp);
  });
  afterAll(() => sandbox.dispose());

  /** Types each answer when its prompt has appeared; resolves to everything shown and the exit code. */
  async function type(args: string[], dialogue: [prompt: string, answer: string][]) {
    const command = [process.execPath, cli, ...args].map((word) => `'${word}'`).join(" ");
    const child = execa("script", ["-qec", command, "/dev/null"], {
      cwd: app,
      env: sandbox.env,
      extendEnv: false,
      reject: false,
    });
    let shown = "";
    let seen = 0;
    const rest = [...dialogue];
    child.stdout.on("data", (chunk: Buffer) => {
      shown += chunk.toString();
      const next = rest[0];
      const at = next ? shown.indexOf(next[0], seen) : -1;
      if (!next || at < 0) return;
      seen = at + next[0].length;
      rest.shift();
      child.stdin.write(next[1]);
    });
    const { exitCode } = await child;
    expect(rest).toEqual([]);
    return { exitCode, shown: shown.replaceAll("\r\n", "\n") };
  }

  it("asks again for an answer that is none, and for a URL that does not serve", async () => {
    const { exitCode, shown } = await type(
      ["deploy"],
      [
        ["(1/2/3): ", "9\r"],
        ["(1/2/3): ", "2\r"],
        ["Database URL: ", "mysql://u:topsecret@h/d\r"],
        ["Database URL: ", "postgresql://u:topsecret@127.0.0.1:1/d\r"],
        ["Database URL: ", "\r"],
      ],
    );
    expect(exitCode).toBe(2);
    expect(shown).toMatch(/\[url\/wrong-scheme\][\s\S]*\[url\/unreachable\][\s\S]*\[url\/empty\]/);
    expect(shown).not.toContain("topsecret");
  });

  it("asks for a Redis's URL until one serves, and takes what is typed unseen", async () => {
    const other = sandbox.app("cached", { "requirements.txt": "flask==3.1.0\nredis==5.2\n" });
    const { exitCode, shown } = await type(
      ["deploy", other, "--skip-check"],
      [
        ["(1/2): ", "9\r"],
        ["(1/2): ", "1\r"],
        ["Redis URL: ", "https://topsecret.upstash.io\r"],
        ["Redis URL: ", "redis://default:topsecret@10.0.0.7:6379\r"],
      ],
    );
    expect(exitCode).toBe(0);
    expect(shown).toMatch(/REST API[\s\S]*\[url\/wrong-scheme\][\s\S]*✓ REDIS_URL injected — your own Redis\n$/);
    expect(shown).not.toContain("topsecret");
  });

  it("ends with 130 at Ctrl-C and leaves the app undecided", async () => {
    expect((await type(["deploy"], [["(1/2/3): ", "\x03"]])).exitCode).toBe(130);
    expect((await sandbox.leash(["env", "get", "DATABASE_URL"], { cwd: app })).exitCode).toBe(1);
  });

  it("shows the page's text, and progress beside it", async () => {
    const { exitCode, shown } = await type(["deploy"], [["(1/2/3): ", "1\r"]]);
    expect(exitCode).toBe(0);
    expect(shown).toMatch(/^✓ Detected: flask \(python\)\n⚠ Your app uses PostgreSQL \(psycopg\)\nOptions:\n/);
    expect(shown).toMatch(/✓ Database created — DATABASE_URL injected\n$/);
    expect(shown).toMatch(/Making the data folder…/);
  });

  it("destroys a database only when its app's name is typed", async () => {
    const wrong = await type(["db", "destroy"], [["go on: ", "note\r"]]);
    expect(wrong).toMatchObject({ exitCode: 2, shown: expect.stringMatching(/nothing was dropped/) });
    expect((await type(["db", "destroy"], [["go on: ", "notes\r"]])).exitCode).toBe(0);
  });

  it("does not show a value that is typed", async () => {
    const { exitCode, shown } = await type(["env", "set", "TOKEN"], [["TOKEN: ", "topsecret\r"]]);
    expect(exitCode).toBe(0);
    expect(shown).not.toContain("topsecret");
    expect((await sandbox.leash(["env", "get", "TOKEN"], { cwd: app })).stdout).toBe("topsecret\n");
  });

  it("serves the dashboard in a shell's background, and offers links to who is in front of it", async () => {
    const dashboard = `'${process.execPath}' '${cli}' dashboard --no-open --port 0`;
    const script = `set -m; ${dashboard} & sleep 2; jobs; kill %1; wait %1; echo ended with \\$?`;
    const { stdout } = await execa("script", ["-qec", `bash -c "${script}"`, "/dev/null"], {
      ...{ cwd: app, env: sandbox.env, extendEnv: false, reject: false, stdin: "ignore", timeout: 20_000 },
    });
    expect(stdout).toMatch(/login[\s\S]*Running[\s\S]*ended with 143/);
    expect(stdout).not.toContain("Enter prints");
    const { shown } = await type(
      ["dashboard", "--no-open", "--port", "0"],
      [
        ["Enter prints another link.", "\r"],
        ["/login/", "\u0003"],
      ],
    );
    expect(shown.match(/\/login\//g)).toHaveLength(2);
  });
});
