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
    await done("restore", id, "--yes");
    expect(await query("notes", "select body, lo_get(4242)::text as lo from rows")).toBe(
      '[{"body":"notes","lo":"\\\\x00ff"}]',
    );
    await done("undo", app("notes").id, "--yes");
    expect(await query("notes", "select body from rows")).toBe('[{"body":"spoilt"}]');
    await done("restore", id, "--yes");
    await done("discard", app("notes").id, "--yes");
    expect(await query("notes", "select body from rows")).toBe('[{"body":"notes"}]');
  }, 120_000);

  it("says what is wrong with what it was told", async () => {
    for (const [words, code] of [
      [["explode"], "usage/bad-command"],
      [["restore"], "usage/bad-command"],
      [["restore", "../../etc/passwd"], "backup/bad-id"],
      [["create", "app_x; DROP"], "backup/bad-app"],
      [["list", "--yes"], "usage/bad-command"],
      [["clone", app("notes").id], "usage/bad-command"],
      [["restore", "20200101T000000Z-abcdef", "--to", "shop"], "backup/bad-app"],
      [["clone", app("notes").id, "--to", app("notes").id, "--yes"], "backups/same-app"],
      [["undo", app("notes").id], "backups/not-confirmed"],
      [["import", app("notes").id], "backups/not-confirmed"],
      [["import", app("notes").id, "--yes"], "import/no-input"],
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

  it("brings what one app has into another: a backup, one table of it, a dump, a copy", async () => {
    const [notes, shop] = [app("notes").id, app("shop").id];
    const rows = (name: string, table = "rows") => query(name, `select body from ${table}`);
    const id = await done("create", notes);
    expect(await command("restore", id, "--to", shop)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("[backups/not-confirmed]"),
    });
    expect(await rows("shop")).toBe('[{"body":"shop"}]');
    await done("restore", id, "--to", shop, "--yes");
    expect(await rows("shop")).toBe('[{"body":"notes"}]');

    await query("shop", "update rows set body = 'of shop'");
    const table = await done("restore", id, "--to", shop, "--table", "public.rows");
    expect(table).toMatch(/^restored_\d+\.rows$/);
    expect(await rows("shop", table)).toBe('[{"body":"notes"}]');
    expect(await rows("shop")).toBe('[{"body":"of shop"}]');

    const leashBackups = (...words: string[]) => ["exec", "-i", backup(), "leash-backups", ...words];
    await query("notes", "update rows set body = 'newer'");
    const exported = await execa("docker", leashBackups("export", notes), { encoding: "buffer" });
    const stored = await execa("docker", leashBackups("download", id), { encoding: "buffer" });
    await query("notes", "update rows set body = 'newest'");
    for (const [input, body] of [
      [exported.stdout, "newer"],
      [stored.stdout, "notes"],
    ] as const) {
      await execa("docker", leashBackups("import", shop, "--yes"), { input });
      expect(await rows("shop")).toBe(`[{"body":"${body}"}]`);
    }
    const garbage = await execa("docker", leashBackups("import", shop, "--yes"), { input: "\0", reject: false });
    expect(garbage).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("Standard input is no dump") });
    // A terminal would make two bytes of each line's end.
    const shown = await execa("docker", ["exec", "-t", backup(), "leash-backups", "export", notes], { reject: false });
    expect(shown).toMatchObject({ exitCode: 2, stdout: expect.stringContaining("[backups/to-a-terminal]") });

    await done("clone", notes, "--to", shop, "--yes");
    expect(await rows("shop")).toBe('[{"body":"newest"}]');
    for (let undone = 0; undone < 4; undone++) await done("undo", shop, "--yes");
    expect(await rows("shop")).toBe('[{"body":"shop"}]');
    await query("notes", "update rows set body = 'notes'");
    await done("delete", id, "--yes");
    expect((await list("notes")).map((one) => one.id)).not.toContain(id);
  }, 180_000);

  it("verifies and drills from a store that may be read alone, and says that it notes nothing", async () => {
    const id = await done("create", app("notes").id);
    const copy = `${ground.prefix}-readonly:1`;
    await docker("commit", "--pause=false", backup(), copy);
    const [{ Mounts }] = JSON.parse(await docker("inspect", backup())) as [
      { Mounts: { Name: string; Destination: string }[] },
    ];
    const mounts = Mounts.flatMap(({ Name, Destination }) => ["--volume", `${Name}:${Destination}:ro`]);
    const started = ["run", "--rm", "--network", "none", ...mounts, "--entrypoint", "leash-backups", copy];
    for (const [words, says] of [
      [["verify", id], "is whole"],
      [["drill", app("notes").id], "nothing differs"],
    ] as const) {
      const { stderr, exitCode } = await execa("docker", [...started, ...words], { reject: false });
      expect(stderr).toContain(says);
      expect(stderr).toMatch(/could not be noted.*read-only/s);
      expect(exitCode).toBe(0);
    }
    expect((await list("notes"))[0]).toMatchObject({ id, drilledAt: null });
    const { stderr, exitCode } = await execa("docker", [...started, "create", app("notes").id], { reject: false });
    expect({ stderr, exitCode }).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("[state/not-writable]"),
    });
  }, 60_000);

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
