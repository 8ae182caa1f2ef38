import fs from "node:fs";
import { errorCode, errorMessage, LeashError } from "../errors";
import { type PlanName, plans } from "../plans";
import { sumFile } from "./backup";
import type { RestoreSource } from "./fill";
import type { Manifest } from "./manifest";

/** How many times its size a dump may well take as a database. */
const mostCompressed = 10;

/**
 * A file that pg_dump has made, of whatever database, as what is restored into an app of this plan.
 * @param called what people know it as
 * @returns the source, with an id that is the same for the same file
 * @throws LeashError `import/…`
 */
export async function openImport(
  file: string,
  plan: PlanName,
  called = file,
): Promise<{ source: RestoreSource; sourceId: string }> {
  const dump = recognizeDump(file, called);
  const { sha256, bytes } = await sumFile(file);
  // Whoever wrote it, it shall not fill the disk.
  const databaseBytes = Math.max(plans[plan].storageBytes, bytes * mostCompressed);
  return { source: { file, dump, evidence: null, foreignGrants: true, databaseBytes }, sourceId: `file:${sha256}` };
}

/** pg_dump's archive in tar begins with this file. */
const isTar = (head: Buffer) =>
  head.subarray(0, 8).toString("latin1") === "toc.dat\0" && head.subarray(257, 262).toString("latin1") === "ustar";

/** @throws LeashError `import/not-readable`, `import/not-a-dump` */
function recognizeDump(file: string, called: string): Manifest["dump"] {
  const head = Buffer.alloc(4096);
  let length: number;
  if (fs.statSync(file, { throwIfNoEntry: false })?.isDirectory()) throw notADump(`${called} is a folder`);
  try {
    const fd = fs.openSync(file, "r");
    try {
      length = fs.readSync(fd, head);
    } finally {
      fs.closeSync(fd);
    }
  } catch (cause) {
    throw new LeashError(
      "import/not-readable",
      `${called} can't be read: ${errorCode(cause) ?? errorMessage(cause)}.`,
      {
        hint: "Name a file that pg_dump wrote, and that your user may read.",
        exitCode: 2,
        cause,
      },
    );
  }
  if (head.subarray(0, 5).toString("latin1") === "PGDMP" || isTar(head)) return "custom";
  if (head[0] === 0x1f && head[1] === 0x8b) return "sql.gz";
  if (length > 0 && !head.subarray(0, length).includes(0)) return "sql.gz";
  throw notADump(`${called} is no dump of pg_dump's`);
}

function notADump(says: string): LeashError {
  return new LeashError("import/not-a-dump", `${says}.`, {
    hint: "It takes the custom format (pg_dump -Fc), tar (-Ft), plain SQL, and plain SQL in gzip.",
    exitCode: 2,
  });
}
