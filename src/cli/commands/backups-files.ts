import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { dumpFileName } from "../../backup/manifest";
import { LeashError } from "../../errors";
import { describeFileError } from "../../files";
import { exportDatabase, findBackup, openStored } from "../../platform/app-backups";
import { resolveHome } from "../../platform/home";
import { print, say, withProgress } from "../terminal";
import { type AppOptions, interruptible, size } from "./backups";
import { selectApp } from "./db";

interface OutputOptions {
  output?: string;
  force?: boolean;
}

/** Copies a stored backup into a file; `-` is standard output. */
export async function download(id: string, { output, force }: OutputOptions): Promise<number> {
  const home = resolveHome();
  const manifest = await findBackup(home, id);
  return interruptible(async (signal) => {
    const opened = await withProgress((progress) => {
      progress("Fetching the backup");
      return openStored(home, manifest);
    });
    try {
      await deliver(opened.file, output ?? dumpFileName(manifest), { force, signal });
    } finally {
      await opened.release();
    }
  });
}

/** Dumps the app's database as it is now into a file, and stores nothing. */
export async function exportNow({ output, force, ...options }: AppOptions & OutputOptions): Promise<number> {
  const home = resolveHome();
  const app = selectApp(options);
  return interruptible(async (signal) => {
    // The dump's rows are nobody else's business, wherever it is going.
    const folder = fs.mkdtempSync(path.join(output && output !== "-" ? path.dirname(output) : os.tmpdir(), ".leash-"));
    try {
      const file = path.join(folder, "export");
      const { dump } = await withProgress((progress) => exportDatabase(home, app, file, progress, signal));
      const day = new Date().toISOString().slice(0, 10);
      const name = `${app.name.replace(/[^\p{L}\p{N}._-]+/gu, "-")}-${day}.${dump === "custom" ? "dump" : "sql.gz"}`;
      await deliver(file, output ?? name, { force, signal });
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  });
}

interface Delivery {
  force: boolean | undefined;
  signal: AbortSignal;
}

async function deliver(from: string, output: string, { force, signal }: Delivery): Promise<void> {
  if (output === "-") {
    await pipeline(fs.createReadStream(from), process.stdout, { end: false, signal });
    return;
  }
  const target = path.resolve(output);
  const partial = `${target}.${process.pid}.partial`;
  try {
    if (fs.existsSync(target) && !force) {
      throw new LeashError("backups/file-exists", `${output} is there already.`, {
        hint: "Name another file with --output, or replace it with --force.",
        exitCode: 2,
      });
    }
    await pipeline(fs.createReadStream(from), fs.createWriteStream(partial, { mode: 0o600, flags: "wx" }), { signal });
    fs.renameSync(partial, target);
  } catch (cause) {
    throw describeFileError(cause, target);
  } finally {
    fs.rmSync(partial, { force: true });
  }
  print(output);
  say(`✓ ${size(fs.statSync(target).size)} were written. It holds the app's rows: only you may read it.`);
}
