import { spawn } from "node:child_process";
import { once } from "node:events";
import { cli, type Sandbox } from "../support/sandbox";

export interface RunningApp {
  url: string;
  /** Ends the app as a platform would, and waits until it is gone. */
  stop(): Promise<void>;
}

const startLimitMs = 30_000;

/** Starts an app by `leash run` on a free port, and waits until it says where it listens. */
export async function startApp(sandbox: Sandbox, cwd: string, command: string[]): Promise<RunningApp> {
  const child = spawn(process.execPath, [cli, "run", "--", ...command], {
    cwd,
    env: { ...sandbox.env, PORT: "0" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = once(child, "exit");
  const stop = async () => {
    child.kill("SIGTERM");
    await exited;
  };

  let output = "";
  const listening = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
        const url = /^listening on (http:\S+)$/m.exec(output)?.[1];
        if (url !== undefined) resolve(url);
      });
    }
  });
  const failed = exited.then(() => {
    throw new Error(`The app ended before it listened:\n${output}`);
  });
  // After the start nobody waits for it any more.
  failed.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`The app doesn't listen after 30 s:\n${output}`)), startLimitMs);
  });

  try {
    return { url: await Promise.race([listening, failed, late]), stop };
  } catch (error) {
    await stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
