import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { buildSync } from "esbuild";
import { execa, execaSync } from "execa";
import { ensureBinaries } from "../../src/platform/binaries";
import { missingEngine, missingPlugins } from "./pulumi";
import { requirement } from "./requirements";
import { root } from "./sandbox";

const has = (command: string) => execaSync("which", [command], { reject: false }).exitCode === 0;

/** The first mirror of Debian's that apt uses here. */
function findMirror(): string | undefined {
  const folder = "/etc/apt";
  const inside = (name: string) =>
    fs.existsSync(path.join(folder, name)) ? fs.readdirSync(path.join(folder, name)).map((f) => `${name}/${f}`) : [];
  const files = ["sources.list", ...inside("sources.list.d")].map((name) => path.join(folder, name));
  const text = files.map((file) => (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "")).join("\n");
  return /^(?!#).*?(https?:\/\/\S+\/debian\/?)(?=\s|$)/m.exec(text)?.[1];
}

function findDocker(): string | undefined {
  if (!has("docker")) return "the docker command";
  const info = execaSync("docker", ["info", "--format", "{{.ServerVersion}}"], { reject: false, timeout: 20_000 });
  if (info.exitCode !== 0 || info.stdout.trim() === "") return "a Docker daemon that answers";
  if (missingEngine ?? missingPlugins(["docker"])) return missingEngine ?? missingPlugins(["docker"]);
  if (execaSync("docker", ["image", "inspect", debianImage], { reject: false }).exitCode === 0) return undefined;
  if (fs.existsSync(debianArchive())) return undefined;
  if (process.getuid?.() !== 0) return "root, who alone can make a Debian root with debootstrap";
  if (!has("debootstrap")) return "debootstrap";
  return findMirror() === undefined ? "a mirror of Debian's in apt's sources" : undefined;
}

/** Debian with PostgreSQL's programs and no cluster; made once and kept in the user's cache. */
const makeDebian = `
debootstrap --variant=minbase bookworm "$ROOT" "$MIRROR"
mkdir -p "$ROOT/etc/postgresql-common"
echo 'create_main_cluster = false' > "$ROOT/etc/postgresql-common/createcluster.conf"
printf '#!/bin/sh\\nexit 101\\n' > "$ROOT/usr/sbin/policy-rc.d"; chmod 0755 "$ROOT/usr/sbin/policy-rc.d"
DEBIAN_FRONTEND=noninteractive LC_ALL=C chroot "$ROOT" apt-get install -y -qq --no-install-recommends postgresql-15 pgbouncer
rm -rf "$ROOT"/var/cache/apt/* "$ROOT"/var/lib/apt/lists/* "$ROOT"/usr/share/doc/* "$ROOT"/usr/share/locale/*
tar -C "$ROOT" -c . > "$ARCHIVE.new"
mv "$ARCHIVE.new" "$ARCHIVE"
`;
const recipe = createHash("sha256").update(makeDebian).digest("hex").slice(0, 12);
const debianImage = `leash-test-debian:${recipe}`;

function debianArchive(): string {
  const cache = process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache");
  return path.join(cache, "leash-databases-tests", `debian-${recipe}.tar`);
}

/** What is missing for tests with Docker; undefined where they can run. */
export const missingDocker = requirement("tests with Docker", findDocker);

/** Runs the docker command and gives what it said. */
export async function docker(...args: string[]): Promise<string> {
  const { all } = await execa("docker", args, { env: { DOCKER_BUILDKIT: "0" }, all: true });
  return all;
}

const isThere = async (image: string) =>
  (await execa("docker", ["image", "inspect", image], { reject: false })).exitCode === 0;

/** Debian with PostgreSQL's programs, and without Node. */
export async function debianBase(): Promise<string> {
  if (await isThere(debianImage)) return debianImage;
  const archive = debianArchive();
  if (!fs.existsSync(archive)) {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "leash-debian-"));
    fs.mkdirSync(path.dirname(archive), { recursive: true });
    try {
      // A name of its own: another file of tests may be making the same one.
      const made = `${archive}.${process.pid}`;
      const env = { ROOT: path.join(directory, "root"), ARCHIVE: made, MIRROR: findMirror()! };
      await execa("sh", ["-euc", makeDebian], { env, timeout: 600_000 });
      fs.renameSync(made, archive);
    } finally {
      fs.rmSync(directory, { recursive: true, force: true });
    }
  }
  await docker("import", archive, debianImage);
  return debianImage;
}

/** Builds in a folder of its own, which `fill` puts the context into. */
export async function buildImage(tag: string, dockerfile: string, fill: (context: string) => void): Promise<string> {
  const context = fs.mkdtempSync(path.join(os.tmpdir(), "leash-context-"));
  try {
    fill(context);
    fs.writeFileSync(path.join(context, "Dockerfile"), dockerfile);
    await docker("build", "--quiet", "--tag", tag, context);
    return tag;
  } finally {
    fs.rmSync(context, { recursive: true, force: true });
  }
}

/** Node alone, with the libraries that it is linked with, and `pg` in one file. */
async function buildNodeImage(tag: string): Promise<string> {
  const node = fs.realpathSync(process.execPath);
  const { stdout } = await execa("ldd", [node]);
  const libraries = [...stdout.matchAll(/\/\S+/g)].map(([file]) => file);
  return buildImage(tag, "FROM scratch\nCOPY root /\nENV PATH=/usr/local/bin\n", (context) => {
    const copy = (file: string, target: string) => {
      fs.mkdirSync(path.dirname(path.join(context, "root", target)), { recursive: true });
      fs.copyFileSync(file, path.join(context, "root", target));
    };
    copy(node, "/usr/local/bin/node");
    for (const library of libraries) copy(library, library);
    buildSync({
      ...{ absWorkingDir: root, stdin: { contents: `module.exports = require("pg")`, resolveDir: root } },
      ...{ outfile: path.join(context, "root/app/pg.js"), bundle: true, platform: "node", logLevel: "error" },
      external: ["pg-native", "pg-cloudflare"],
    });
  });
}

/** The images of one run of tests. */
export interface TestImages {
  /** A server on PostgreSQL 15, and the same one by another id, as a minor upgrade brings it. */
  postgres15: string;
  postgres15Next: string;
  /** The same on the newest PostgreSQL, the one from npm. */
  postgres18: string;
  /** Node and pg, for apps. */
  app: string;
  bridge: string;
  /** The guard's. */
  agent: string;
}

const script = (only: string, base: string, tag: string, ...more: string[]) =>
  execa(process.execPath, [
    path.join(root, "scripts/images.mjs"),
    ...["--only", only, `--${only}-base`, base, `--${only}-tag`, tag],
    ...more,
  ]);

/** The image of the backups for PostgreSQL 15, from two of the test's images. */
export async function buildBackupImage(prefix: string, { postgres15, app }: TestImages): Promise<string> {
  const tag = `${prefix}-backup:1`;
  await script("backup", postgres15, tag, "--backup-node", app);
  return tag;
}

export async function buildTestImages(prefix: string): Promise<TestImages> {
  const base = await debianBase();
  const images = {
    postgres15: `${prefix}-postgres:15`,
    postgres15Next: `${prefix}-postgres:15-next`,
    app: `${prefix}-app:1`,
    bridge: `${prefix}-bridge:1`,
    agent: `${prefix}-agent:1`,
  };
  await script("postgres", base, images.postgres15);
  await buildImage(images.postgres15Next, `FROM ${images.postgres15}\nLABEL next=yes\n`, () => {});
  await buildNodeImage(images.app);
  await script("bridge", images.app, images.bridge);
  await script("agent", images.app, images.agent);

  const base18 = `${prefix}-base:18`;
  // npm's PostgreSQL is the server alone.
  const dockerfile = `FROM ${base}
COPY 18 /usr/lib/postgresql/18
RUN mv /usr/lib/postgresql/15/bin/pg_isready /usr/lib/postgresql/18/bin/ && rm -rf /usr/lib/postgresql/15\n`;
  await buildImage(base18, dockerfile, (context) => {
    const { bin } = ensureBinaries(path.join(context, "npm"), undefined, {});
    fs.renameSync(path.dirname(bin), path.join(context, "18"));
  });
  await script("postgres", base18, `${prefix}-postgres:18`);
  return { ...images, postgres18: `${prefix}-postgres:18` };
}

/** Everything of Docker's whose name has the prefix. */
export async function leftovers(prefix: string): Promise<string[]> {
  const names = async (...args: string[]) => (await docker(...args, "--filter", `name=${prefix}`)).split("\n");
  const found = [
    ...(await names("ps", "--all", "--format", "{{.Names}}")),
    ...(await names("volume", "ls", "--format", "{{.Name}}")),
    ...(await names("network", "ls", "--format", "{{.Name}}")),
  ];
  return found.filter((name) => name !== "");
}

/** Removes everything of Docker's whose name has the prefix, images included. */
export async function removeLeftovers(prefix: string): Promise<void> {
  const each = async (list: string[], remove: string[]) => {
    const names = (await docker(...list)).split("\n").filter((name) => name.includes(prefix));
    if (names.length > 0) await execa("docker", [...remove, ...names], { reject: false });
  };
  await each(["ps", "--all", "--format", "{{.Names}}"], ["rm", "--force", "--volumes"]);
  await each(["volume", "ls", "--format", "{{.Name}}"], ["volume", "rm"]);
  await each(["network", "ls", "--format", "{{.Name}}"], ["network", "rm"]);
  await each(["images", "--format", "{{.Repository}}:{{.Tag}}"], ["rmi", "--force"]);
}
