import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { docker, leftovers, missingDocker } from "../support/docker";
import { changes } from "../support/pulumi";
import {
  type AttachedApp,
  createDockerGround,
  type DockerGround,
  type MadeServer,
  queryIn,
  untilHealthy,
} from "./docker-ground";
import { createServer, refusedData } from "./docker-image";

describe.skipIf(missingDocker)("the server's image and the apps beside it", () => {
  let ground: DockerGround;
  beforeAll(async () => {
    ground = await createDockerGround();
  }, 600_000);
  afterAll(() => ground?.dispose(), 120_000);

  const asAdministrator = (server: string, password: string, sql: string) =>
    docker(
      ...["exec", "--env", `PGPASSWORD=${password}`, server, "psql", "-XAtqh", "/run/leash"],
      ...["-U", "leash_admin", "-d", "postgres", "-c", sql],
    );
  const inVolume = (volume: string, command: string) => {
    const mount = ["--mount", `type=volume,source=${volume},target=/var/lib/postgresql`];
    return docker("run", "--rm", ...mount, ground.images.postgres15, "sh", "-c", command);
  };

  it("makes the data anew after an interrupted initdb, refuses another version's, and takes a new password", async () => {
    const volume = `${ground.prefix}-rows`;
    await inVolume(
      volume,
      "mkdir /var/lib/postgresql/cluster.new; echo 15 > /var/lib/postgresql/cluster.new/PG_VERSION",
    );
    const first = await createServer(ground, ground.images.postgres15, volume, "a".repeat(48));
    await docker("start", first);
    await untilHealthy(first);
    expect(await asAdministrator(first, "a".repeat(48), "create table rows as select 42 as body")).toBe("");
    expect(await asAdministrator(first, "a".repeat(48), "show data_checksums")).toBe("on");
    await docker("stop", first);

    const refusal = await refusedData(ground, ground.images.postgres18, volume);
    expect(refusal).toContain("the data is of PostgreSQL 15, this image holds 18");

    const second = await createServer(ground, ground.images.postgres15Next, volume, "b".repeat(48));
    await docker("start", second);
    await untilHealthy(second);
    expect(await asAdministrator(second, "b".repeat(48), "select body from rows")).toBe("42");
    await expect(asAdministrator(second, "a".repeat(48), "select 1")).rejects.toThrow(/password authentication failed/);
    expect(await docker("logs", second)).not.toContain("bbbb");
  });

  it("says what it lacks where it is not started by LeashPostgres", async () => {
    await expect(docker("run", "--rm", ground.images.postgres15)).rejects.toThrow(
      /this image is started by LeashPostgres/,
    );
  });

  it("serves apps on PostgreSQL 18 as well, protected unless told otherwise", async () => {
    const args = { server: { image: ground.images.postgres18 }, apps: { notes: "pg" } };
    const stack = await ground.stack("newest", { ...args, server: { ...args.server, deletionProtection: true } });
    const { outputs } = await stack.up();
    const { container } = outputs.notes!.value as AttachedApp;
    expect(await queryIn(container, "create table rows as select 42 as body")).toBe("[]");
    expect(await queryIn(container, "select split_part(version(), '.', 1) as major, body from rows")).toBe(
      '[{"major":"PostgreSQL 18","body":42}]',
    );
    const { container: server, password } = outputs.server!.value as MadeServer;
    expect(await docker("exec", server, "cat", "/var/lib/postgresql/postgresql.conf")).toContain(
      "event_triggers = 'off'",
    );
    expect(password).toHaveLength(48);
    expect(changes((await stack.up({ refresh: true })).summary)).toEqual({});
    await expect(stack.destroy()).rejects.toThrow(/protect/);

    // The app was not protected; the server and all else on it go on.
    expect(await docker("inspect", "--format", "{{.State.Health.Status}}", server)).toBe("healthy");
    await (await ground.stack("newest", args)).up();
    await (await ground.stack("newest", args)).destroy();
    expect((await leftovers(ground.prefix)).filter((name) => name.includes("newest"))).toEqual([]);
  }, 300_000);
});
