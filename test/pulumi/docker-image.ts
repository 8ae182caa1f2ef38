import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { execa } from "execa";
import { pgHbaConf, postgresqlConf } from "../../src/tenancy/server-config";
import { docker } from "../support/docker";
import type { DockerGround } from "./docker-ground";

/** A container of the server's image on a volume, as LeashPostgres makes it, not started. */
export async function createServer(
  { prefix }: Pick<DockerGround, "prefix">,
  image: string,
  volume: string,
  password = "p".repeat(48),
): Promise<string> {
  const name = `${prefix}-server-${Math.random().toString(36).slice(2, 8)}`;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "leash-given-"));
  try {
    const config = postgresqlConf({ name, socketDirectory: "/run/leash", tcp: true, log: "stderr" });
    fs.writeFileSync(path.join(folder, "postgresql.conf"), config);
    fs.writeFileSync(path.join(folder, "pg_hba.conf"), pgHbaConf({ tcp: true }));
    fs.writeFileSync(path.join(folder, "administrator-password"), password);
    fs.chmodSync(folder, 0o755);
    await docker("create", "--name", name, "--mount", `type=volume,source=${volume},target=/var/lib/postgresql`, image);
    await docker("cp", `${folder}/.`, `${name}:/etc/leash`);
    return name;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** What the server says when it ends by itself; fails where it goes on. */
export async function refusedData(
  ground: Pick<DockerGround, "prefix">,
  image: string,
  volume: string,
): Promise<string> {
  const name = await createServer(ground, image, volume);
  const { exitCode, all } = await execa("docker", ["start", "--attach", name], {
    ...{ all: true, reject: false, timeout: 30_000 },
  });
  await docker("rm", "--force", name);
  if (exitCode !== 1) throw new Error(`The server ended with ${exitCode}: ${all}`);
  return all;
}
