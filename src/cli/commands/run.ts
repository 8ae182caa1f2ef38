import { type ChildProcess, spawn } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { startBridge } from "../../connection/bridge";
import { withoutClientVariables } from "../../connection/client-variables";
import { buildBridgeEnvironment, buildBridgeUrl } from "../../connection/credentials";
import { chooseConnection } from "../../detect/connection";
import { errorCode, LeashError } from "../../errors";
import { resolveAppDirectory } from "../../platform/app-directory";
import {
  appEnvironment,
  databaseCredentials,
  databaseVariable,
  needsBridge,
  usesLeashDatabase,
  usesStackDatabase,
} from "../../platform/app-environment";
import { requireApp } from "../../platform/app-selection";
import type { App } from "../../platform/app-store";
import { resolveHome } from "../../platform/home";
import { socketPath, startServer } from "../../platform/server";
import { say, withProgress } from "../terminal";

/** Runs the command with the app's environment; returns its exit code. */
export async function run(directory: string, words: readonly string[], options: { app?: string }): Promise<number> {
  const [command, ...args] = words;
  if (command === undefined) {
    throw new LeashError("run/no-command", "There is no command to run.", {
      hint: "Put it behind two dashes: leash run -- npm start",
      exitCode: 2,
    });
  }
  const home = resolveHome();
  const app = requireApp(home, { directory: resolveAppDirectory(directory), name: options.app });
  if (usesStackDatabase(app)) return runWithStack(app, command, args);
  if (!usesLeashDatabase(app)) {
    return runCommand(command, args, { ...process.env, ...appEnvironment(app, undefined).variables });
  }

  const record = await withProgress((progress) => startServer(home, progress));
  const environment = { ...withoutClientVariables(process.env), ...appEnvironment(app, record).variables };
  if (!needsBridge(app)) return runCommand(command, args, environment);

  const bridge = await startBridge({ socketPath: socketPath(record), role: app.id });
  try {
    const credentials = databaseCredentials(app, record);
    say(`  A loopback bridge to the database is open on 127.0.0.1:${bridge.port} while the command runs.`);
    const bridged = {
      ...buildBridgeEnvironment(credentials, bridge.port),
      [databaseVariable]: buildBridgeUrl(credentials, bridge.port),
    };
    return await runCommand(command, args, { ...environment, ...bridged, ...app.environment });
  } finally {
    await bridge.close();
  }
}

/** What the stack gave out is all there is; where that says a bridge, there is none beside a command on this machine. */
async function runWithStack(app: App, command: string, args: string[]): Promise<number> {
  const environment = { ...withoutClientVariables(process.env), ...appEnvironment(app, undefined).variables };
  const { socketDirectory, environment: own } = app.stack!;
  if (socketDirectory === undefined || chooseConnection(app.drivers).kind !== "bridge") {
    return runCommand(command, args, environment);
  }
  const bridge = await startBridge({ socketPath: path.join(socketDirectory, ".s.PGSQL.5432"), role: app.id });
  try {
    const credentials = { id: app.id, password: own.PGPASSWORD ?? "", socketDirectory, port: 5432 };
    const bridged = {
      ...buildBridgeEnvironment(credentials, bridge.port),
      [databaseVariable]: buildBridgeUrl(credentials, bridge.port),
    };
    return await runCommand(command, args, { ...environment, ...bridged, ...app.environment });
  } finally {
    await bridge.close();
  }
}

const forwarded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;

async function runCommand(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<number> {
  process.removeAllListeners("SIGINT");
  const child = spawn(command, args, { env, stdio: "inherit" });
  const stopForwarding = forwardSignals(child);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", (code, signal) => resolve(code ?? 128 + (signal ? os.constants.signals[signal] : 0)));
    });
  } catch (cause) {
    throw describeSpawnError(cause, command);
  } finally {
    stopForwarding();
  }
}

function forwardSignals(child: ChildProcess): () => void {
  const stops = forwarded.map((signal) => {
    const forward = () => {
      // Ctrl-C on a terminal reaches the whole process group: a second one would be a second order.
      if (!(process.stdin.isTTY && signal === "SIGINT")) child.kill(signal);
    };
    process.on(signal, forward);
    return () => process.off(signal, forward);
  });
  return () => {
    for (const stop of stops) stop();
  };
}

function describeSpawnError(cause: unknown, command: string): unknown {
  const shown = JSON.stringify(command);
  switch (errorCode(cause)) {
    case "ENOENT":
      return new LeashError("run/not-found", `There is no command ${shown}.`, {
        hint: "Look at its spelling and at PATH; a shell's own words need a shell: leash run -- sh -c '…'",
        cause,
      });
    case "EACCES":
      return new LeashError("run/not-executable", `${shown} may not be executed.`, {
        hint: "Make it executable (chmod +x), or name its interpreter.",
        cause,
      });
    default:
      return cause;
  }
}
