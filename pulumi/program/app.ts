import fs from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { fillVariables, partsOfUrl, type ReadVariable } from "../../src/connection/read-variables";
import { parseServiceUrl } from "../../src/connection/variable-rules";
import { openFolder } from "../../src/detect/file-view";
import { readDatabaseAnswer } from "../../src/detect/opt-out";
import type { DetectedService, Detection } from "../../src/detect/types";
import { LeashError } from "../../src/errors";
import { detectFolder } from "../../src/index";
import { describeError, programError } from "../faults";
import { type AppDatabaseLimits, LeashAppDatabase } from "../leash-app-database";
import type { Server } from "../server";
import { type ProgramConfig, parseProgramConfig } from "./config";
import { checkServerConnection } from "./server-setting";

/** What became of the app's database. */
export type ProgramOutcome = "created" | "url" | "skipped" | "not-needed" | "undecided";

/** The stack's outputs. */
export interface ProgramOutputs {
  app: string;
  /** Null where no folder was looked at. */
  detected: { language: string; framework: string | null; services: Omit<DetectedService, "evidence">[] } | null;
  outcome: ProgramOutcome;
  plan?: string;
  limits?: pulumi.Output<AppDatabaseLimits>;
  databaseId?: pulumi.Output<string>;
  /** Secret. */
  databaseUrl?: pulumi.Output<string>;
  /** The server's socket folder as the apps see it, where it has one. */
  socketDirectory?: string;
  /** What the app's environment holds. Secret. */
  environment: pulumi.Output<Record<string, string>>;
}

/** The ready-made program, told by its stack's configuration. */
export async function deployConfigured(): Promise<ProgramOutputs> {
  return deployApp(readProgramConfig(pulumi.getRootDirectory()));
}

/** The configuration of the stack that runs, and what stands above it. */
export function readProgramConfig(root: string, above: Readonly<Record<string, string>> = {}): ProgramConfig {
  return orProgramError(() => parseProgramConfig({ ...pulumi.runtime.allConfig(), ...above }, root));
}

/** One app: detected, given its database, and run where an image is named. */
export async function deployApp(config: ProgramConfig): Promise<ProgramOutputs> {
  const detection = orProgramError(() => detect(config));
  const app = config.app ?? detection?.name ?? "app";
  const postgres = detection?.services.find(({ service }) => service === "postgresql");
  const outcome = await decide({ ...config, ...orProgramError(() => answerOf(config)) }, postgres);
  if (outcome === "url") await adviseUrl(config.databaseUrl!);
  const server = outcome === "created" ? await findServer(config) : undefined;
  const database = server && createDatabase(config, app, server, postgres);
  const reads = postgres?.reads ?? [];
  const environment = fill(
    reads,
    database
      ? database.environment
      : pulumi.secret<Record<string, string>>(outcome === "url" ? { DATABASE_URL: config.databaseUrl! } : {}),
  );
  if (config.image) {
    // Loaded for containers alone: the Docker SDK takes its time.
    const { runContainer } = require("./container") as typeof import("./container");
    runContainer({ ...config, image: config.image }, environment, database && server && { database, server }, reads);
  }
  return {
    app,
    detected: detection ? summarize(detection) : null,
    outcome,
    environment,
    ...(outcome === "url" ? { databaseUrl: pulumi.secret(config.databaseUrl!) } : {}),
    ...(server?.socketDirectory !== undefined && { socketDirectory: server.socketDirectory }),
    ...(database && {
      plan: config.plan ?? "free",
      ...{ limits: database.limits, databaseId: database.databaseId, databaseUrl: database.databaseUrl },
    }),
  };
}

/** What is worth knowing of a URL before the app finds it out. */
async function adviseUrl(url: string): Promise<void> {
  const { advice } = parseServiceUrl("postgresql", url);
  await Promise.all(advice.map((sentence) => pulumi.log.warn(`leash:databaseUrl: ${sentence}`)));
}

/** With what else the app reads its connection from. */
function fill(
  reads: readonly ReadVariable[],
  environment: pulumi.Output<Record<string, string>>,
): pulumi.Output<Record<string, string>> {
  return environment.apply((own) => {
    const connection = own.PGHOST === undefined ? { ...own, ...partsOfUrl(own.DATABASE_URL ?? "") } : own;
    return { ...own, ...fillVariables(reads, connection) };
  });
}

function detect({ path, database = "auto", databaseUrl }: ProgramConfig): Detection | undefined {
  if (path === undefined) return undefined;
  if (!fs.statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new LeashError("config/no-folder", `leash:path: There is no folder ${path}.`, {
      hint: "It counts from the project's folder.",
    });
  }
  try {
    return detectFolder(path);
  } catch (error) {
    // Who has said what to do needs no manifest.
    const isDecided = database !== "auto" || databaseUrl !== undefined;
    if (isDecided && error instanceof LeashError && error.code === "detect/no-manifest") return undefined;
    throw error;
  }
}

/** What the app's own `leash.json` says, where the stack's configuration leaves it open. */
function answerOf({ path, database = "auto", databaseUrl }: ProgramConfig): Pick<ProgramConfig, "database"> {
  if (path === undefined || database !== "auto" || databaseUrl !== undefined) return {};
  const answer = readDatabaseAnswer(openFolder(path), {})?.answer;
  return answer === undefined ? {} : { database: answer };
}

async function decide(config: ProgramConfig, postgres: DetectedService | undefined): Promise<ProgramOutcome> {
  const { database = "auto", databaseUrl } = config;
  if (database === "create") return "created";
  if (database === "skip") return "skipped";
  if (databaseUrl !== undefined) return "url";
  if (!postgres) return "not-needed";
  if (postgres.verdict === "uses") return "created";
  const evidence = postgres.evidence.map(({ file, line, text, says }) => `\n  ${file}:${line}  ${text}  (${says})`);
  await pulumi.log.warn(
    `The app may use PostgreSQL, or may not, so no database is made:${evidence.join("")}\nSay which: leash:database is create, url or skip.`,
  );
  return "undecided";
}

function createDatabase(
  config: ProgramConfig,
  app: string,
  server: Server,
  postgres: DetectedService | undefined,
): LeashAppDatabase {
  const { plan = "free", pool, deletionProtection, rotate, databaseId, adopt } = config;
  const driver = postgres && [...postgres.drivers, ...(postgres.libraries ?? [])].join(",");
  return new LeashAppDatabase("database", {
    appName: app,
    plan,
    server: pulumi.secret(server),
    ...(driver && { driver }),
    ...(pool !== undefined && { pool }),
    ...(deletionProtection !== undefined && { deletionProtection }),
    ...(rotate !== undefined && { rotate }),
    ...(databaseId !== undefined && { databaseId }),
    ...(adopt !== undefined && { adopt }),
  });
}

/** The server as plain data: what another stack tells is known in previews too. */
async function findServer({ server }: ProgramConfig): Promise<Server> {
  if (!server) {
    throw programError(
      "leash:server: It is missing, and the app uses PostgreSQL: name the platform's stack (organization/project/stack) or the server's URL. Or set leash:database to skip.",
    );
  }
  if (server.kind === "connection") return server.connection;
  const { reference } = server;
  const { value, secretValue } = await new pulumi.StackReference(reference).getOutputDetails("server");
  const told: unknown = secretValue ?? value;
  if (told === undefined) throw programError(`leash:server: The stack ${reference} has no output \`server\`.`);
  try {
    return checkServerConnection(told);
  } catch (error) {
    throw programError(`leash:server: The output \`server\` of ${reference}: ${describeError(error)}`);
  }
}

function summarize({ language, framework, services }: Detection): NonNullable<ProgramOutputs["detected"]> {
  return { language, framework, services: services.map(({ evidence: _evidence, ...rest }) => rest) };
}

function orProgramError<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof LeashError)) throw error;
    throw programError(describeError(error));
  }
}
