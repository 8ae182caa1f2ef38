import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { LeashBackup, type LeashBackupArgs } from "../../pulumi/index";
import { declare } from "./mocks";

const password = "p".repeat(48);
const server = {
  ...{ host: "127.0.0.1", port: 54320, username: "leash_admin", password: pulumi.secret(password), superuser: true },
  ...{ sslmode: "disable", socketDirectory: "/run/leash", socketVolume: "platform-socket" },
};

async function declareBackup(args: Partial<LeashBackupArgs> = {}) {
  const declared = await declare(
    (options) => new LeashBackup("nightly", { server, ...args }, options).containerId as pulumi.Output<unknown>,
  );
  const container = declared.find(({ name }) => name === "nightly-container")!;
  const uploads = container.inputs.uploads as { file: string; content: string }[];
  return {
    ...{ declared, container },
    names: declared.map(({ type, name }) => `${type.split(":").at(-1)} ${name}`).sort(),
    settings: JSON.parse(uploads.find(({ file }) => file === "/etc/leash/backups.json")!.content) as object,
  };
}

/** What it says where it makes nothing; synchronously, as the program meets it. */
async function refused(args: Partial<LeashBackupArgs>): Promise<string> {
  let error: unknown;
  await declare((options) => {
    try {
      new LeashBackup("nightly", { server, ...args }, options);
    } catch (thrown) {
      error = thrown;
    }
    return pulumi.output(0);
  });
  return String(error);
}

describe("LeashBackup declares", () => {
  it("a container without network and privileges, and a protected volume; whoever renames one adds an alias", async () => {
    const { names, declared, container, settings } = await declareBackup();
    expect(names).toEqual([
      "Container nightly-container",
      "LeashBackup nightly",
      "RemoteImage nightly-image",
      "Volume nightly-backups",
    ]);
    for (const child of declared.filter(({ name }) => name !== "nightly")) expect(child.parent).toBe("nightly");
    expect(declared.find(({ name }) => name === "nightly-backups")!.protect).toBe(true);
    expect(container.inputs).toMatchObject({
      ...{ image: "sha256:leash-backup:1", networkMode: "none", memory: 512, memorySwap: 512 },
      ...{ capabilities: { drops: ["ALL"] }, securityOpts: ["no-new-privileges"], restart: "unless-stopped" },
      mounts: [
        { type: "volume", source: "platform-socket", target: "/run/leash", readOnly: true },
        { type: "volume", source: "nightly-backups-1234567", target: "/var/backups/leash" },
      ],
    });
    for (const name of ["privileged", "user", "ports", "networksAdvanced"]) {
      expect(container.inputs).not.toHaveProperty(name);
    }
    expect(settings).toEqual({ timezone: "UTC", destination: { folder: "/var/backups/leash" } });
  });

  it("passwords and keys in secret files and nowhere else", async () => {
    const { container } = await declareBackup({
      webhook: pulumi.secret("https://alerts.example.com/token-1"),
      destination: { s3: { bucket: "acme", accessKeyId: "key-1", secretAccessKey: pulumi.secret("key-2") } },
    });
    expect(container.secrets).toContain("uploads");
    const { uploads, ...others } = container.inputs;
    for (const secret of [password, "token-1", "key-1", "key-2"]) {
      expect(JSON.stringify(uploads)).toContain(secret);
      expect(JSON.stringify(others)).not.toContain(secret);
    }
  });

  it("what it was told: schedule, retention, drill, apps and their names", async () => {
    const { settings } = await declareBackup({
      ...{ schedule: "30 1,13 * * *", timezone: "Europe/Berlin", retentionDays: 30, drill: "off" },
      ...{ apps: [pulumi.output("app_7k2m9qd4tx")], names: { app_7k2m9qd4tx: "Notes" } },
    });
    expect(settings).toEqual({
      ...{ schedule: "30 1,13 * * *", timezone: "Europe/Berlin", retentionDays: 30, drill: false },
      ...{
        destination: { folder: "/var/backups/leash" },
        apps: ["app_7k2m9qd4tx"],
        names: { app_7k2m9qd4tx: "Notes" },
      },
    });
  });

  it("a volume or a folder that is there, or a bucket, instead of a volume of its own", async () => {
    const byName = await declareBackup({ destination: { volumeName: "lost-server" } });
    expect(byName.container.inputs.mounts).toContainEqual({
      ...{ type: "volume", source: "lost-server", target: "/var/backups/leash" },
    });
    const byFolder = await declareBackup({ destination: { hostFolder: "/srv/backups" } });
    expect(byFolder.container.inputs.mounts).toContainEqual({
      ...{ type: "bind", source: "/srv/backups", target: "/var/backups/leash" },
    });
    const byBucket = await declareBackup({ destination: { s3: { bucket: "acme", prefix: "platform" } } });
    expect(byBucket.container.inputs.mounts).toHaveLength(1);
    expect(byBucket.container.inputs.networksAdvanced).toHaveLength(1);
    expect(byBucket.settings).toMatchObject({ destination: { s3: { bucket: "acme", prefix: "platform" } } });
    for (const { names } of [byName, byFolder, byBucket]) expect(names.join()).not.toContain("Volume");
  });

  it("a port of 127.0.0.1 for the metrics where it is wanted, and an own volume that may go", async () => {
    const { container, declared } = await declareBackup({ metricsPort: 9188, deletionProtection: false });
    expect(container.inputs.ports).toEqual([{ internal: 9188, external: 9188, ip: "127.0.0.1", protocol: "tcp" }]);
    expect(container.inputs.envs).toContain("LEASH_AGENT_METRICS_PORT=9188");
    expect(declared.filter(({ protect }) => protect)).toEqual([]);
  });

  it("nothing where arguments are wrong, and tells all of them", async () => {
    const said = await refused({
      ...{
        schedule: "at three",
        timezone: "Middle/Earth",
        retentionDays: 0,
        drill: "* *",
        metricsPort: 80,
        memoryMb: 1,
      },
      destination: { volumeName: "a", hostFolder: "b" },
    });
    for (const path of [
      "schedule",
      "Middle/Earth",
      "retentionDays",
      "drill",
      "destination",
      "metricsPort: 80",
      "memoryMb: 1",
    ]) {
      expect(said).toContain(path);
    }
    expect(await refused({ destination: {} })).toMatch(/exactly one of volumeName, hostFolder and s3, and has none/);
    expect(await refused({ destination: { hostFolder: "backups" } })).toMatch(/"backups" is not the absolute path/);
    expect(await refused({ destination: { s3: { bucket: "acme", accessKeyId: "k" } } })).toMatch(/come together/);
  });
});
