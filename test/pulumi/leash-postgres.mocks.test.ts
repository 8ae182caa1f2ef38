import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { beforeAll, describe, expect, it } from "vitest";
import {
  type AttachDatabaseArgs,
  attachDatabase,
  LeashAppDatabase,
  LeashPostgres,
  type LeashPostgresArgs,
} from "../../pulumi/index";
import { type Declared, declare } from "./mocks";

const declareServer = (args?: LeashPostgresArgs) =>
  declare((options) => new LeashPostgres("main", args, options).server);

describe("LeashPostgres declares", () => {
  let declared: Declared[];
  const one = (name: string) => declared.find((child) => child.name === name)!;
  const container = () => one("main-container").inputs;
  const uploads = () => container().uploads as { file: string; content: string }[];
  const upload = (name: string) => uploads().find(({ file }) => file === `/etc/leash/${name}`)!.content;
  beforeAll(async () => {
    declared = await declareServer();
  });

  it("these children and no other; whoever renames one adds an alias", () => {
    const own = declared.filter(({ name }) => !/^main-(baseline|guard)-/.test(name));
    expect(own.map(({ type, name }) => `${type} ${name}`).sort()).toEqual([
      "docker:index/container:Container main-container",
      "docker:index/network:Network main-network",
      "docker:index/remoteImage:RemoteImage main-image",
      "docker:index/volume:Volume main-data",
      "docker:index/volume:Volume main-socket",
      "leash:index:LeashGuard main-guard",
      "leash:index:LeashPostgres main",
      "leash:index:LeashServerBaseline main-baseline",
      "pulumi:providers:postgresql main-server",
      "random:index/randomPassword:RandomPassword main-password",
    ]);
    for (const child of own.filter(({ name }) => name !== "main")) expect(child.parent).toBe("main");
  });

  it("a port on 127.0.0.1 and none elsewhere", () => {
    expect(container().ports).toEqual([{ internal: 5432, external: 54320, ip: "127.0.0.1", protocol: "tcp" }]);
    expect(container()).not.toHaveProperty("publishAllPorts");
    expect(container()).not.toHaveProperty("networkMode");
    expect(container().networksAdvanced).toHaveLength(1);
  });

  it("no privileges, and no memory beyond its own", () => {
    expect(container()).toMatchObject({ capabilities: { drops: ["ALL"] }, securityOpts: ["no-new-privileges"] });
    for (const name of ["privileged", "user", "devices", "pidMode", "ipcMode", "volumes"]) {
      expect(container()).not.toHaveProperty(name);
    }
    expect(container()).toMatchObject({ memory: 1024, memorySwap: 1024 });
  });

  it("the password in a secret file and nowhere else", () => {
    const { uploads: _uploads, ...others } = container();
    const password = "x".repeat(48);
    expect(upload("administrator-password")).toBe(password);
    expect(one("main-container").secrets).toContain("uploads");
    expect(JSON.stringify(others)).not.toContain(password);
    expect(uploads().filter(({ content }) => content.includes(password))).toHaveLength(1);
    expect(one("main-server").secrets).toContain("password");
  });

  it("a server that lets the administrator alone in over TCP", () => {
    expect(upload("pg_hba.conf")).toMatchSnapshot();
    expect(upload("postgresql.conf")).toMatchSnapshot();
  });

  it("a guard with the password in a secret file, no network and no privileges; or none", async () => {
    const guard = one("main-guard-container");
    expect(
      declared
        .filter(({ name }) => name.startsWith("main-guard-"))
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["main-guard-container", "main-guard-image"]);
    expect(guard.inputs).toMatchObject({
      ...{ networkMode: "none", capabilities: { drops: ["ALL"] }, securityOpts: ["no-new-privileges"] },
      ...{ memory: 256, memorySwap: 256 },
    });
    expect(guard.inputs).not.toHaveProperty("ports");
    const { uploads: files, ...others } = guard.inputs;
    expect(JSON.stringify(files)).toContain("x".repeat(48));
    expect(JSON.stringify(others)).not.toContain("x".repeat(48));
    expect(guard.secrets).toContain("uploads");
    const without = await declareServer({ guard: false });
    expect(without.filter(({ name }) => name.includes("guard"))).toEqual([]);
  });

  it("a pool where it is wanted, with no network, and tells where its socket is", async () => {
    expect(declared.map(({ name }) => name)).not.toContain("main-pool");
    const made = await declareServer({ pool: true });
    const pool = made.find(({ name }) => name === "main-pool")!;
    expect(pool.inputs).toMatchObject({
      ...{ command: ["pool"], networkMode: "none", capabilities: { drops: ["ALL"] } },
      securityOpts: ["no-new-privileges"],
    });
    expect(pool.inputs).not.toHaveProperty("ports");
    expect(pool.secrets).toContain("uploads");
    const { uploads: files, ...others } = pool.inputs;
    expect(JSON.stringify(others)).not.toContain("x".repeat(48));
    expect(JSON.stringify(files)).toContain("listen_addr = \\n");
  });

  it("metrics on 127.0.0.1 where they are wanted", async () => {
    const told = await declareServer({ metricsPort: 9187 });
    const { inputs } = told.find(({ name }) => name === "main-guard-container")!;
    expect(inputs.ports).toEqual([{ internal: 9187, external: 9187, ip: "127.0.0.1", protocol: "tcp" }]);
    expect(inputs).not.toHaveProperty("networkMode");
    await expect(declareServer({ metricsPort: 80 })).rejects.toThrow(/metricsPort: 80 is not a port/);
  });

  it("protected volumes and groups, or none", async () => {
    const kept = ["main-data", "main-socket", "main-baseline-leash_restricted"];
    for (const name of kept) expect(one(name).protect, name).toBe(true);
    const open = await declareServer({ deletionProtection: false });
    expect(open.filter(({ protect }) => protect)).toEqual([]);
  });

  it("nothing where arguments are wrong, and tells all of them", async () => {
    const wrong = { port: 70000, memoryMb: 12.5, socketDirectory: "run", dataVolumeName: "a b" };
    let error: unknown;
    await declare((options) => {
      try {
        new LeashPostgres("main", wrong, options);
      } catch (thrown) {
        error = thrown;
      }
      return pulumi.output(0);
    });
    expect(String(error)).toMatch(/port: 70000.*memoryMb: 12\.5.*socketDirectory: "run".*dataVolumeName: "a b"/s);
  });
});

interface Attaching {
  driver?: string;
  more?: Partial<AttachDatabaseArgs>;
}

/** The app's container and what was made beside it; rejects with what attaching says. */
async function attach({ driver = "pg", more = {} }: Attaching = {}): Promise<Declared[]> {
  const refused: unknown[] = [];
  const declared = await declare((options) => {
    const { server } = new LeashPostgres("main", {}, options);
    const database = new LeashAppDatabase("notes", { appName: "Notes", server, driver }, options);
    const args = { database, server, container: { image: "notes:1" }, ...more };
    try {
      return attachDatabase("app", args, { transformations: options.transformations! }).container.envs;
    } catch (error) {
      refused.push(error);
      return pulumi.output(0);
    }
  });
  if (refused.length > 0) throw new Error((refused[0] as Error).message);
  return declared.filter(({ name }) => name === "app" || name.startsWith("app-"));
}

describe("attachDatabase declares", () => {
  it("a container with the secret environment and the socket, read-only", async () => {
    const container: docker.ContainerArgs = {
      ...{ image: "notes:1", envs: ["PORT=3000"] },
      mounts: [{ type: "volume", source: "uploads", target: "/uploads" }],
    };
    const [app, ...others] = await attach({ more: { container } });
    expect(others).toEqual([]);
    expect(app!.secrets).toEqual(["envs"]);
    const envs = app!.inputs.envs as string[];
    expect(envs.map((one) => one.split("=")[0])).toEqual([
      "PORT",
      "DATABASE_URL",
      "PGHOST",
      "PGPORT",
      "PGUSER",
      "PGPASSWORD",
      "PGDATABASE",
    ]);
    expect(envs[1]).toContain("host=/run/leash");
    expect(app!.inputs.mounts).toEqual([
      { type: "volume", source: "uploads", target: "/uploads" },
      { type: "volume", source: "main-socket-1234567", target: "/run/leash", readOnly: true },
    ]);
  });

  it("a bridge on a network of the two, and no socket in the app, for a driver without sockets", async () => {
    const all = await attach({ driver: "pg8000", more: { bridgeImage: "leash-bridge:1" } });
    expect(all.map(({ name }) => name).sort()).toEqual([
      ...["app", "app-bridge", "app-bridge-alias", "app-bridge-image", "app-bridge-network"],
    ]);
    const [app, bridge] = ["app", "app-bridge"].map((name) => all.find((one) => one.name === name)!);
    expect(app!.inputs).not.toHaveProperty("mounts");
    expect(app!.dependsOn).toContain("app-bridge");
    expect(bridge!.inputs).toMatchObject({
      ...{ readOnly: true, capabilities: { drops: ["ALL"] }, securityOpts: ["no-new-privileges"] },
      mounts: [{ type: "volume", target: "/run/leash", readOnly: true }],
      networksAdvanced: [{ aliases: ["leash-7k2m9qd4tx"] }],
    });
    expect(bridge!.inputs).not.toHaveProperty("ports");
    expect(JSON.stringify(bridge!.inputs)).not.toContain("x".repeat(48));
    const url = (app!.inputs.envs as string[]).find((one) => one.startsWith("DATABASE_URL="));
    expect(url).toMatch(/@leash-7k2m9qd4tx:15432\/app_7k2m9qd4tx\?sslmode=disable$/);
  });

  it("nothing where the bridge's image is missing, or the app has no way to it", async () => {
    await expect(attach({ driver: "pg8000" })).rejects.toThrow(/bridgeImage/);
    const container = { image: "notes:1", networkMode: "host" };
    await expect(attach({ driver: "pg8000", more: { container, bridgeImage: "b" } })).rejects.toThrow(/networkMode/);
  });

  it("nothing where the container brings the same variables", async () => {
    const envs = ["PORT=3000", "PGHOST=elsewhere", "DATABASE_URL=postgres://me:s3cret@other/db"];
    const refusal = await attach({ more: { container: { image: "notes:1", envs } } }).catch(String);
    expect(refusal).toContain("`container.envs` sets PGHOST, DATABASE_URL, which the database brings");
    expect(refusal).not.toContain("s3cret");
  });

  it.each([
    ["is privileged", { privileged: true }, /privileged` lets the app replace the server's socket/],
    ["may mount", { capabilities: { adds: ["NET_ADMIN", "CAP_SYS_ADMIN"] } }, /adds CAP_SYS_ADMIN/],
    ["may do everything", { capabilities: { adds: ["all"] } }, /adds all/],
    ["is on the machine's own network", { networkMode: "host" }, /administrator's port/],
  ] satisfies [string, Partial<docker.ContainerArgs>, RegExp][])(
    "nothing where the container %s",
    async (_, more, says) => {
      await expect(attach({ more: { container: { image: "notes:1", ...more } } })).rejects.toThrow(says);
    },
  );
});
