import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { dumpFileName } from "../../backup/manifest";
import { LeashError } from "../../errors";
import { describeFileError } from "../../files";
import { exportDatabase, findBackup, openStored } from "../../platform/app-backups";
import { resolveHome } from "../../platform/home";
import { interruptible } from "../../signals";
import { print, say, withProgress, writeFileOut } from "../../terminal";
import { type AppOptions, size } from "./backups";
import { selectApp } from "./db";

interface OutputOptions {
  output?: string;
  force?: boolean;
}

/** Copies a stored backup into a file; `-` is standard output. */
export async function download(id: string, { output, force }: OutputOptions): Promise<number> {
  const home = resolveHome();
  const manifest = await findBackup(home, id);
  const target = output ?? dumpFileName(manifest);
  assertFree(target, force);
  return interruptible(async (signal) => {
    const opened = await withProgress((progress) => {
      progress("Fetching the backup");
      return openStored(home, manifest);
    });
    try {
      await deliver(opened.file, target, { force, signal });
    } finally {
      await opened.release();
    }
  });
}

/** Dumps the app's database as it is now into a file, and stores nothing. */
export async function exportNow({ output, force, ...options }: AppOptions & OutputOptions): Promise<number> {
  const home = resolveHome();
  const app = selectApp(options);
  if (output !== undefined) assertFree(output, force);
  return interruptible(async (signal) => {
    // The dump's rows are nobody else's business, wherever it is going.
    const folder = makeWorkFolder(output && output !== "-" ? path.dirname(output) : os.tmpdir());
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

/** @throws LeashError `backups/file-exists`, `backups/is-a-folder`, `backups/no-folder` */
function assertFree(output: string, force: boolean | undefined): void {
  if (output === "-") return;
  const folder = path.dirname(path.resolve(output));
  if (!fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new LeashError("backups/no-folder", `There is no folder ${folder} to write ${path.basename(output)} into.`, {
      hint: "Make it, or name another file with --output.",
      exitCode: 2,
    });
  }
  const there = fs.statSync(path.resolve(output), { throwIfNoEntry: false });
  if (there?.isDirectory()) {
    throw new LeashError("backups/is-a-folder", `${output || '""'} is a folder.`, {
      hint: "Name the file to write with --output.",
      exitCode: 2,
    });
  }
  // Pipes and devices are written into, and nothing is lost.
  if (!there?.isFile() || force) return;
  throw new LeashError("backups/file-exists", `${output} is there already.`, {
    hint: "Name another file with --output, or replace it with --force.",
    exitCode: 2,
  });
}

function makeWorkFolder(parent: string): string {
  try {
    return fs.mkdtempSync(path.join(parent, ".leash-"));
  } catch (cause) {
    throw describeFileError(cause, parent);
  }
}

async function deliver(from: string, output: string, { force, signal }: Delivery): Promise<void> {
  if (output === "-") {
    await writeFileOut(from, signal);
    return;
  }
  assertFree(output, force);
  const there = fs.statSync(output, { throwIfNoEntry: false });
  if (there && !there.isFile()) {
    await pipeline(fs.createReadStream(from), fs.createWriteStream(output), { signal });
    return;
  }
  // What a link leads to is replaced, and the link stays.
  const target = there ? fs.realpathSync(output) : path.resolve(output);
  const partial = `${target}.${process.pid}.partial`;
  try {
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
