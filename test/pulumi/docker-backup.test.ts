import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildBackupImage, docker, missingDocker } from "../support/docker";
import { until } from "../support/guard";
import { changes } from "../support/pulumi";
import {
  type AttachedApp,
  createDockerGround,
  type DockerGround,
  type GroundProgram,
  type MadeServer,
  makeTable,
  queryIn,
} from "./docker-ground";

interface Listed {
  id: string;
  app: string;
  verifiedAt: string | null;
  drilledAt: string | null;
}

describe.skipIf(missingDocker)("LeashBackup", () => {
  let ground: DockerGround;
  let outputs: Record<string, { value: unknown }>;
  let program: GroundProgram;
  let image: string;
  const app = (name: string) => outputs[name]!.value as AttachedApp;
  const query = (name: string, sql: string) => queryIn(app(name).container, sql);
  const backup = () => outputs.backup!.value as string;
  const destination = () => ({ volumeName: `${ground.prefix}-backups` });
  const up = async (options: { refresh?: boolean; target?: string[] } = {}) => {
    const result = await (await ground.stack("backed", program)).up(options);
    ({ outputs } = result);
    return changes(result.summary);
  };
  const command = async (...words: string[]) => {
    const { stdout, stderr, exitCode } = await execa("docker", ["exec", backup(), "leash-backups", ...words], {
      reject: false,
    });
    return { stdout, stderr, exitCode };
  };
  const done = async (...words: string[]) => {
    const { stdout, stderr, exitCode } = await command(...words);
    expect(exitCode, stderr).toBe(0);
    return stdout;
  };
  const list = async (name: string) => JSON.parse(await done("list", app(name).id, "--json")) as Listed[];

  beforeAll(async () => {
    ground = await createDockerGround();
    image = await buildBackupImage(ground.prefix, ground.images);
    // shop is backed up by itself, every minute; notes by hand.
    program = {
      ...{ server: {}, apps: { notes: "pg", shop: "pg" } },
      backup: ({ shop }) => ({ image, apps: [shop!], destination: destination(), schedule: "* * * * *" }),
    };
    await up();
    for (const name of ["notes", "shop"]) {
      await makeTable(app(name).container, `create table rows as select '${name}' as body`);
    }
  }, 600_000);
  afterAll(() => ground?.dispose(), 120_000);

  it("holds its container in, and shows no password to who asks Docker", async () => {
    const text = await docker("inspect", backup());
    const [inspected] = JSON.parse(text) as [{ Config: { User: string }; HostConfig: Record<string, unknown> }];
    expect(inspected.Config.User).toBe("65532:65532");
    expect(inspected.HostConfig).toMatchObject({
      ...{ Privileged: false, CapAdd: null, CapDrop: ["ALL"], NetworkMode: "none" },
      ...{ SecurityOpt: ["no-new-privileges"], Memory: 512 * 1024 ** 2 },
    });
    const { password } = outputs.server!.value as MadeServer;
    for (const told of [text, await docker("logs", backup()), await docker("top", backup())]) {
      expect(told).not.toContain(password);
    }
    expect(await up()).toEqual({});
    expect(await up({ refresh: true })).toEqual({});
  }, 120_000);

  it("backs up, restores and takes back, by commands in its container", async () => {
    await query("notes", "select lo_from_bytea(4242, '\\x00ff')");
    const id = await done("create", app("notes").id);
    expect(await list("notes")).toMatchObject([{ id, app: app("notes").id, drilledAt: null }]);
    expect((await list("notes"))[0]!.verifiedAt).not.toBeNull();
    await done("verify", id);
    await done("drill", app("notes").id);
    expect((await list("notes"))[0]!.drilledAt).not.toBeNull();

    await query("notes", "update rows set body = 'spoilt'");
    await done("restore", id);
    expect(await query("notes", "select body, lo_get(4242)::text as lo from rows")).toBe(
      '[{"body":"notes","lo":"\\\\x00ff"}]',
    );
    await done("undo", app("notes").id);
    expect(await query("notes", "select body from rows")).toBe('[{"body":"spoilt"}]');
    await done("restore", id);
    await done("discard", app("notes").id);
    expect(await query("notes", "select body from rows")).toBe('[{"body":"notes"}]');
  }, 120_000);

  it("says what is wrong with what it was told", async () => {
    for (const [words, code] of [
      [["explode"], "usage/bad-command"],
      [["restore"], "usage/bad-command"],
      [["restore", "../../etc/passwd"], "backup/bad-id"],
      [["create", "app_x; DROP"], "backup/bad-app"],
    ] as const) {
      const { exitCode, stderr } = await command(...words);
      expect(stderr).toContain(`[${code}]`);
      expect(exitCode).toBe(2);
    }
    expect(await command("restore", "20200101T000000Z-abcdef")).toMatchObject({ exitCode: 1 });
    expect(await command("create", "app_2222222222")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("[backup/no-app]"),
    });
  });

  it("backs up by itself", async () => {
    const [first] = await until(
      async () => {
        const found = await list("shop");
        return found.length > 0 ? found : undefined;
      },
      120_000,
      "a backup on schedule",
    );
    expect(first!.verifiedAt).not.toBeNull();
    expect(await docker("logs", backup())).toContain('"event":"backup-made"');
  }, 150_000);

  it("brings a lost server's apps back, with the URLs that they had", async () => {
    program = { ...program, backup: () => ({ image, destination: destination() }) };
    await up();
    await done("create", app("shop").id);
    const { container, dataVolume } = outputs.server!.value as MadeServer;
    const before = outputs;
    await docker("rm", "--force", container);
    await docker("volume", "rm", dataVolume);
    // It makes the server; what is of the apps, in the same stack here, finds nothing of theirs.
    await expect(up({ refresh: true, target: ["**docker:index**"] })).rejects.toThrow(/role app_\w+ is missing/);
    const rebuilt = (await done("rebuild")).split("\n").sort();
    expect(rebuilt).toEqual([app("notes").id, app("shop").id].sort());
    await up({ refresh: true });
    for (const name of ["notes", "shop"]) {
      expect(app(name).password).toBe((before[name]!.value as AttachedApp).password);
      expect(await query(name, "select body from rows")).toBe(`[{"body":"${name}"}]`);
    }
    expect(await done("rebuild")).toBe("");
    expect(await up({ refresh: true })).toEqual({});
  }, 180_000);
});
