import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { buildImage, debianBase, docker } from "./docker";
import { buildTool } from "./go-tools";
import { writeTestBuildpack } from "./lifecycle";
import { root } from "./sandbox";

/** `pack` with a builder of its own, which has Node, and images to run, which have none; nothing comes from a registry. */
export interface PackGround {
  /** Our buildpack as one file, as `pack buildpack package` makes it. */
  buildpack: string;
  /** Builds an image of an app; gives what pack said. */
  build(image: string, app: string, ...options: string[]): Promise<{ exitCode: number; output: string }>;
  dispose(): void;
}

const labels = 'LABEL io.buildpacks.base.distro.name="debian" io.buildpacks.base.distro.version="12"';

export async function createPackGround(prefix: string): Promise<PackGround> {
  const programs = await buildTool("lifecycle");
  const pack = path.join(await buildTool("pack"), "pack");
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "leash-pack-"));
  const at = (name: string) => path.join(directory, name);
  const images = { build: `${prefix}-cnb-build:1`, run: `${prefix}-cnb-run:1`, builder: `${prefix}-cnb-builder:1` };
  const base = await debianBase();
  // The lifecycle's client asks for the newest version there is, and this daemon may be older.
  const version = `ENV DOCKER_API_VERSION=${await docker("version", "--format", "{{.Server.APIVersion}}")}`;
  const user = "RUN useradd --uid 1001 --create-home cnb\nENV CNB_USER_ID=1001 CNB_GROUP_ID=1001";
  const node = fs.realpathSync(process.execPath);
  await buildImage(
    images.build,
    `FROM ${base}\n${user}\n${labels}\n${version}\nCOPY node /usr/local/bin/node\nUSER 1001:1001\n`,
    (context) => fs.copyFileSync(node, path.join(context, "node")),
  );
  await buildImage(images.run, `FROM ${base}\n${user}\n${labels}\nUSER 1001:1001\n`, () => {});

  writeTestBuildpack(at("test-app"));
  await packLifecycle(programs, directory);
  fs.writeFileSync(at("builder.toml"), builderOf(images));
  const env = { PACK_HOME: at("home"), PACK_VOLUME_KEY: prefix, DOCKER_BUILDKIT: "0", NO_COLOR: "1" };
  const run = (...args: string[]) =>
    execa(pack, args, { env, all: true, reject: false, cwd: directory, timeout: 300_000 });
  const must = async (...args: string[]) => {
    const { exitCode, all } = await run(...args);
    if (exitCode !== 0) throw new Error(`pack ${args.join(" ")}: ${all}`);
  };
  const offline = ["--pull-policy", "never"];
  await must("builder", "create", images.builder, "--config", at("builder.toml"), ...offline);
  const buildpack = at("leash-databases.cnb");
  const config = path.join(root, "dist/buildpack/databases/package.toml");
  await must(
    "buildpack",
    "package",
    buildpack,
    "--format",
    "file",
    "--config",
    config,
    ...offline,
    "--target",
    `linux/${arch()}`,
  );
  return {
    buildpack,
    async build(image, app, ...options) {
      const trusted = ["--trust-builder", "--trust-extra-buildpacks", "--network", "none"];
      const { exitCode, all } = await run(
        ...["build", image, "--builder", images.builder, "--path", app],
        ...[...offline, ...trusted, ...options],
      );
      return { exitCode: exitCode ?? 1, output: all };
    },
    dispose: () => fs.rmSync(directory, { recursive: true, force: true }),
  };
}

const arch = () => (process.arch === "arm64" ? "arm64" : "amd64");

/** The lifecycle as it is released: its programs are links to one. */
async function packLifecycle(programs: string, directory: string): Promise<void> {
  const folder = path.join(directory, "lifecycle");
  fs.mkdirSync(folder);
  for (const name of ["lifecycle", "launcher"]) {
    fs.copyFileSync(path.join(programs, name), path.join(folder, name));
    fs.chmodSync(path.join(folder, name), 0o755);
  }
  for (const phase of ["analyzer", "builder", "creator", "detector", "exporter", "extender", "rebaser", "restorer"]) {
    fs.symlinkSync("lifecycle", path.join(folder, phase));
  }
  const apis = '[apis.buildpack]\nsupported = ["0.10"]\n[apis.platform]\nsupported = ["0.13", "0.14"]\n';
  const old = '[api]\nplatform = "0.13"\nbuildpack = "0.10"\n';
  fs.writeFileSync(path.join(directory, "lifecycle.toml"), `${apis}${old}[lifecycle]\nversion = "0.21.0"\n`);
  await execa("tar", ["-czf", "lifecycle.tgz", "lifecycle.toml", "lifecycle"], { cwd: directory });
}

const builderOf = (images: { build: string; run: string }) => `
[lifecycle]
uri = "lifecycle.tgz"

[[buildpacks]]
uri = "test-app"

[[order]]
[[order.group]]
id = "test/app"
version = "1.0.0"

[build]
image = "${images.build}"

[[run.images]]
image = "${images.run}"
`;
