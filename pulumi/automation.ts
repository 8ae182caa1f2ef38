import * as pulumi from "@pulumi/pulumi";
import {
  type CommandError,
  type DestroyOptions,
  type EngineEvent,
  LocalWorkspace,
  type PulumiFn,
  type Stack,
} from "@pulumi/pulumi/automation";
import { redactSecrets } from "../src/connection/redact";
import { errorMessage, LeashError } from "../src/errors";
import { deployApp, readProgramConfig } from "./program/app";
import { parseServerSetting } from "./program/server-setting";

/** A stack that this process works on, and who hears of it. */
export interface StackWork {
  /** The stack's name; its project is `leash`. */
  name: string;
  /** The project's folder, which holds the stack's configuration. */
  folder: string;
  /** Environment of the engine, such as PULUMI_BACKEND_URL. */
  environment: Record<string, string>;
  /** Nobody but the holder of the app's lock works on this backend, so that a lock in it is a dead process's. */
  ownBackend: boolean;
  progress(text: string): void;
  warn(text: string): void;
  /** Never to be shown. */
  secrets: readonly string[];
}

/** @throws LeashError `server/invalid` */
export function assertServer(text: string): void {
  parseServerSetting(text);
}

/** What the stack told when it was up. */
export interface StackDatabase {
  plan: string;
  environment: Record<string, string>;
  socketDirectory?: string;
}

/** Settings that are given by the caller and not kept in the stack's configuration, by their names there. */
export type StackSettings = Record<"app" | "path" | "databaseId" | "server", string>;

/**
 * Makes the database of an app by the ready-made program, run in this process.
 * @param plan kept in the stack's configuration, as `leash:plan`
 * @throws LeashError `pulumi/failed`, `pulumi/locked`, `config/invalid`
 */
export async function upStack(work: StackWork, settings: StackSettings, plan?: string): Promise<StackDatabase> {
  const count = { total: 0 };
  const stack = await openStack(work, programOf(settings, {}, count));
  if (plan !== undefined) await stack.setConfig("leash:plan", { value: plan });
  const { outputs } = await runEngine(work, stack, count, async (options) =>
    stack.up({ ...options, refresh: await takeOverPending(stack) }),
  );
  const socketDirectory = outputs.socketDirectory?.value as string | undefined;
  return {
    plan: outputs.plan?.value as string,
    environment: outputs.environment?.value as Record<string, string>,
    ...(socketDirectory !== undefined && { socketDirectory }),
  };
}

/** Removes the database, its protection first, and the stack. */
export async function destroyStack(work: StackWork, settings: StackSettings): Promise<void> {
  const count = { total: 0 };
  const stack = await openStack(work, programOf(settings, { "leash:deletionProtection": "false" }, count));
  await runEngine(work, stack, count, async (options) => {
    if (await takeOverPending(stack)) await stack.refresh(options);
    const { resources = [] } = (await stack.exportStack()).deployment ?? {};
    if (resources.some(({ protect }: { protect?: boolean }) => protect)) await stack.up(options);
    count.total = 0;
    return stack.destroy(options);
  });
  await stack.workspace.removeStack(work.name);
}

function programOf(settings: StackSettings, more: Record<string, string>, count: Count): PulumiFn {
  const given = Object.fromEntries(Object.entries(settings).map(([name, value]) => [`leash:${name}`, value]));
  return async () => {
    pulumi.runtime.registerStackTransformation(({ type }) => {
      if (isCounted(type)) count.total += 1;
      return undefined;
    });
    const above = { "leash:database": "create", ...given, ...more };
    return { ...(await deployApp(readProgramConfig(settings.path, above))) };
  };
}

async function openStack({ name, folder, environment, secrets }: StackWork, program: PulumiFn): Promise<Stack> {
  const projectSettings = {
    ...{ name: "leash", runtime: "nodejs" as const },
    description: "Made by `leash deploy --target pulumi`.",
  };
  try {
    return await LocalWorkspace.createOrSelectStack(
      { stackName: name, projectName: "leash", program },
      {
        ...{ workDir: folder, projectSettings },
        envVars: { PULUMI_SKIP_UPDATE_CHECK: "true", ...environment },
      },
    );
  } catch (error) {
    throw failure([], error, secrets);
  }
}

/** What the state says of a resource, as far as it is needed. */
interface PendingOperation {
  type: string;
  resource: { urn: string; type: string; inputs?: Record<string, unknown>; id?: string };
}

/**
 * What a killed engine was creating is there or is not; its state doesn't know. Taken for there, a refresh finds out:
 * without it the next run would fail, because the database "already exists". Resolves to whether there was such a thing.
 */
async function takeOverPending(stack: Stack): Promise<boolean> {
  const state = await stack.exportStack();
  const pending: PendingOperation[] = state.deployment?.pending_operations ?? [];
  if (pending.length === 0) return false;
  const { resources } = state.deployment;
  for (const { type, resource } of pending) {
    const name = resource.inputs?.name;
    const isNamed = /^postgresql:index\/(?:role|database):/.test(resource.type) && typeof name === "string";
    if (type !== "creating" || !isNamed) continue;
    resources.push({ ...resource, id: name, outputs: { ...resource.inputs, id: name } });
  }
  await stack.importStack({ ...state, deployment: { ...state.deployment, pending_operations: [] } });
  return true;
}

interface Count {
  total: number;
}

/** Runs one operation of the engine; its errors become one of ours. */
async function runEngine<T>(
  work: StackWork,
  stack: Stack,
  count: Count,
  run: (options: DestroyOptions) => Promise<T>,
): Promise<T> {
  const told: string[] = [];
  let done = 0;
  const onEvent = ({ resourcePreEvent, resOutputsEvent, diagnosticEvent }: EngineEvent) => {
    if (resourcePreEvent && isCounted(resourcePreEvent.metadata.type)) {
      const { op, type } = resourcePreEvent.metadata;
      const part = count.total > 0 ? ` (${Math.min(done + 1, count.total)} of ${count.total})` : "";
      work.progress(`${verbs[op] ?? "Checking"} ${nounOf(type)}${part}`);
    }
    if (resOutputsEvent && isCounted(resOutputsEvent.metadata.type)) done += 1;
    if (!diagnosticEvent || diagnosticEvent.ephemeral) return;
    const text = plain(diagnosticEvent.message);
    if (diagnosticEvent.severity === "error") told.push(text);
    else if (diagnosticEvent.severity === "warning") work.warn(redactSecrets(text, work.secrets));
  };
  const attempt = () => run({ onEvent });
  try {
    return await attempt().catch(async (error: CommandError) => {
      if (error.name !== "ConcurrentUpdateError" || !work.ownBackend) throw error;
      await stack.cancel();
      return attempt();
    });
  } catch (error) {
    throw failure(told, error, work.secrets);
  }
}

const verbs: Record<string, string> = {
  ...{ create: "Creating", "create-replacement": "Creating", replace: "Replacing", update: "Changing" },
  ...{ delete: "Removing", "delete-replaced": "Removing", import: "Taking over" },
};

/** What is more than its type's own words. */
const nouns: Record<string, string> = { GrantRole: "plan", RandomBytes: "salt" };

function nounOf(type: string): string {
  const name = type.slice(type.lastIndexOf(":") + 1);
  return nouns[name] ?? name.replace(/^Random/, "").toLowerCase();
}

/** The resources that are something on the server or in the state. */
const isCounted = (type: string) => !type.startsWith("pulumi:") && !type.startsWith("leash:");

function failure(told: string[], error: unknown, secrets: readonly string[]): LeashError {
  if ((error as Error).name === "ConcurrentUpdateError") {
    return new LeashError("pulumi/locked", "Another process works on the app's stack.", {
      hint: "Wait until it ends. If none does, `pulumi cancel` takes its lock away.",
    });
  }
  // The result is there and not in the types.
  const { stderr } = (error as { commandResult?: { stderr?: string } }).commandResult ?? {};
  // Where the engine said nothing by events, its standard error is all there is.
  const own = told.filter((text) => !noise.test(text)).map((text) => text.replace(/^1 error occurred:\s*\* /, ""));
  const texts = own.length > 0 ? own : [plain(stderr || errorMessage(error))];
  return new LeashError("pulumi/failed", "Pulumi could not bring the app's stack up to what it should be.", {
    details: [...new Set(texts.map((text) => redactSecrets(text, secrets)))],
    hint: "The same command goes on where this one stopped.",
  });
}

/** Says nothing, or the same as another one. */
const noise = /^(?:(?:update|preview|destroy|refresh) failed$|sdk-v2\/provider2\.go:)/;

/** Without the engine's colours. */
function plain(text: string): string {
  return text
    .replace(/<\{%.*?%\}>/g, "")
    .replace(/^error: /, "")
    .trim();
}
