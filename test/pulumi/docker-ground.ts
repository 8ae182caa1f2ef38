import { randomBytes } from "node:crypto";
import * as dockerProvider from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { Stack } from "@pulumi/pulumi/automation";
import { execa } from "execa";
import {
  attachDatabase,
  createServerProvider,
  LeashAppDatabase,
  LeashBackup,
  type LeashBackupArgs,
  LeashPostgres,
  type LeashPostgresArgs,
} from "../../pulumi/index";
import { buildTestImages, docker, removeLeftovers, type TestImages } from "../support/docker";
import { freePort } from "../support/free-port";
import { until } from "../support/guard";
import { createPulumiProject, type PulumiProject } from "../support/pulumi";

/** An app's containers as a stack's outputs tell them. */
export interface AttachedApp {
  id: string;
  password: string;
  container: string;
  bridge?: string;
}

export interface MadeServer {
  container: string;
  network: string;
  socketVolume: string;
  dataVolume: string;
  password: string;
}

/** A program of one server and apps by name, each with its driver. */
export interface GroundProgram {
  server: Partial<LeashPostgresArgs>;
  apps: Record<string, string>;
  /** Given the databases' ids, by app. */
  backup?: (ids: Record<string, pulumi.Output<string>>) => Partial<LeashBackupArgs>;
}

export interface DockerGround {
  /** All that is made carries it in its name. */
  prefix: string;
  images: TestImages;
  project: PulumiProject;
  port: number;
  stack(name: string, program: GroundProgram): Promise<Stack>;
  dispose(): Promise<void>;
}

export async function createDockerGround(): Promise<DockerGround> {
  const prefix = `leash-t${randomBytes(4).toString("hex")}`;
  const project = createPulumiProject();
  const port = await freePort();
  const images = await buildTestImages(prefix).catch(async (error: unknown) => {
    await removeLeftovers(prefix);
    throw error;
  });
  const ground: DockerGround = {
    ...{ prefix, project, port, images },
    stack: (name, { server, apps, backup }) =>
      project.stack(name, async () => {
        const postgres = new LeashPostgres(`${prefix}-${name}`, {
          ...{
            image: images.postgres15,
            guardImage: images.agent,
            pool: true,
            port,
            memoryMb: 512,
            deletionProtection: false,
          },
          dataVolumeName: `${prefix}-${name}-rows`,
          ...server,
        });
        const providers = [createServerProvider("apps", postgres.server)];
        const image = new dockerProvider.RemoteImage("app-image", { name: images.app, keepLocally: true });
        const ids: Record<string, pulumi.Output<string>> = {};
        const made = Object.entries(apps).map(([app, driver]) => {
          const database = new LeashAppDatabase(
            app,
            { appName: app, server: postgres.server, driver, deletionProtection: false, pool: app === "shop" },
            { providers },
          );
          ids[app] = database.databaseId;
          const attached = attachDatabase(`${prefix}-${app}`, {
            ...{ database, server: postgres.server, bridgeImage: images.bridge },
            container: {
              image: image.imageId,
              command: ["node", "-e", idle],
              mustRun: true,
              restart: "unless-stopped",
            },
          });
          const password = database.environment.apply((variables) => variables.PGPASSWORD!);
          return [
            app,
            { id: database.databaseId, password, container: attached.container.id, bridge: attached.bridge?.id },
          ];
        });
        const backups =
          backup && new LeashBackup(`${prefix}-${name}-backup`, { server: postgres.server, ...backup(ids) });
        const { networkName: network, socketVolume } = postgres;
        return {
          ...Object.fromEntries(made),
          ...(backups ? { backup: backups.containerId } : {}),
          server: {
            ...{ container: postgres.containerId, network, socketVolume, dataVolume: `${prefix}-${name}-rows` },
            password: pulumi.output(postgres.server).password,
          },
        };
      }),
    dispose: async () => {
      project.dispose();
      await removeLeftovers(prefix);
    },
  };
  return ground;
}

const idle = "process.on('SIGTERM', () => process.exit()); setInterval(() => {}, 1000)";

/** Runs JavaScript in a container that has Node; gives what it prints, or `failed: <code or message>`. */
export async function inContainer(container: string, script: string, ...options: string[]): Promise<string> {
  const whole = `(async () => { ${script} })().catch((error) => {
    console.log("failed: " + (error.code ?? error.message));
    process.exit();
  })`;
  const { stdout, stderr } = await execa("docker", ["exec", ...options, container, "node", "-e", whole], {
    reject: false,
    timeout: 30_000,
  });
  return stdout.trim() || stderr.trim();
}

/** A query through pg, as an app's program makes it: by DATABASE_URL unless told otherwise. */
export function queryIn(container: string, sql: string, config = "{ connectionString: process.env.DATABASE_URL }") {
  return inContainer(
    container,
    `const { Client } = require("/app/pg.js");
     const client = new Client(${config});
     client.on("error", () => {});
     await client.connect();
     try { console.log(JSON.stringify((await client.query(${JSON.stringify(sql)})).rows)); } finally { await client.end(); }`,
  );
}

/** What makes an app's table as soon as its stack is up: a pool learns of the app within a second. */
export async function makeTable(container: string, sql: string): Promise<void> {
  let answer = "";
  await until(
    async () => {
      answer = await queryIn(container, sql);
      return !answer.startsWith("failed: 08P01");
    },
    10_000,
    "the pool to know the app",
  );
  if (answer !== "[]") throw new Error(answer);
}

/** Waits until the server's container is healthy again. */
export async function untilHealthy(container: string): Promise<void> {
  for (const start = Date.now(); Date.now() - start < 60_000; await new Promise((r) => setTimeout(r, 300))) {
    if ((await docker("inspect", "--format", "{{.State.Health.Status}}", container)) === "healthy") return;
  }
  throw new Error(await docker("logs", "--tail", "20", container));
}

/** Ends the container's first process from outside, as the kernel does when memory is short. */
export async function killAsTheKernelDoes(container: string): Promise<void> {
  process.kill(Number(await docker("inspect", "--format", "{{.State.Pid}}", container)), "SIGKILL");
  await new Promise((resolve) => setTimeout(resolve, 500));
}
