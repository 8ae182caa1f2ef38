import fs from "node:fs";
import path from "node:path";
import { type ServedDashboard, serveDashboard } from "../../dashboard/serve";
import { errorMessage, LeashError } from "../../errors";
import { writeFileAtomic } from "../../files";
import { listApps } from "../../platform/app-store";
import { createHome, type Home, resolveHome } from "../../platform/home";
import { startPlatform, withPlatform } from "../../platform/platform";
import { outlivingSignals } from "../../signals";
import { isForeground, isInteractive, print, say, withProgress } from "../../terminal";
import { reportError } from "../report-error";

interface DashboardOptions {
  port?: string;
  /** Whether a browser is opened. */
  open?: boolean;
}

/** Serves the dashboard until a signal comes; returns the exit code. */
export async function dashboard(options: DashboardOptions, version: string): Promise<number> {
  const port = parsePort(options.port);
  const home = resolveHome();
  createHome(home);
  return outlivingSignals(async (interruption) => {
    const hasDatabases = listApps(home).some((app) => app.database?.state === "ready");
    // Without its server the page still shows the apps and their variables.
    if (hasDatabases) await withProgress((progress) => startPlatform(home, progress)).catch(reportError);
    const served = await serveDashboard({ home, version, port, onFault: tellFault });
    let forget: (() => void) | undefined;
    try {
      const link = served.createLink();
      print(link);
      say("The link works once, for ten minutes. Ctrl-C ends the dashboard.");
      forget = options.open === false ? undefined : await openBrowser(home, link);
      const stopListening = offerLinks(served);
      const wait = () => aborted(interruption);
      await (hasDatabases ? withPlatform(home, wait) : wait());
      stopListening();
    } finally {
      forget?.();
      await served.close();
    }
    return interruption.reason as number;
  });
}

/** @throws LeashError `dashboard/bad-port` */
function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new LeashError("dashboard/bad-port", `${JSON.stringify(text.slice(0, 40))} is no port.`, {
    hint: "A port is a number up to 65535; 0 takes a free one.",
    exitCode: 2,
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

function tellFault(error: unknown): void {
  say(`✗ The dashboard failed at something: ${errorMessage(error)}`);
  if (process.env.LEASH_DEBUG && error instanceof Error) say(error.stack ?? "");
}

/** On a terminal each Enter prints another link: for another browser, or after the first was used. */
function offerLinks(served: ServedDashboard): () => void {
  if (!isInteractive()) return () => {};
  const offer = () => print(served.createLink());
  const listen = () => {
    process.stdin.off("data", offer).pause();
    if (!isForeground()) return;
    say("Enter prints another link.");
    process.stdin.on("data", offer).resume();
  };
  listen();
  // `fg` and `bg` of a shell.
  process.on("SIGCONT", listen);
  return () => {
    process.off("SIGCONT", listen);
    process.stdin.off("data", offer).pause();
  };
}

/**
 * Opens the link where a person sits before this machine. It goes by a file that only the user may read: a command line
 * is readable by everybody.
 * @returns what removes the file
 */
async function openBrowser(home: Home, link: string): Promise<(() => void) | undefined> {
  if (!process.stdout.isTTY || process.env.CI || process.env.SSH_CONNECTION) return undefined;
  const file = path.join(home.root, "dashboard.html");
  const page = `<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url=${link}">`;
  try {
    writeFileAtomic(file, page);
    const { default: open } = await import("open");
    const opener = await open(file);
    opener.on("error", () => {});
  } catch {
    // The link stands on the terminal.
  }
  return () => fs.rmSync(file, { force: true });
}
