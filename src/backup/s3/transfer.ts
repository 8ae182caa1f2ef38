import { createHash } from "node:crypto";
import fs from "node:fs";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { Upload } from "@aws-sdk/lib-storage";
import { errorMessage, LeashError } from "../../errors";
import type { Manifest } from "../manifest";

export interface ObjectPlace {
  Bucket: string;
  Key: string;
}

type Content = Pick<Manifest, "id" | "bytes" | "sha256">;

const mebibyte = 1024 * 1024;
const usualPart = 8 * mebibyte;
/** S3's own bound. */
const mostParts = 10_000;
/** Parts that are under way at once; each is in memory. */
const parallelParts = 3;

/**
 * Uploads a file in parts. An object is there when this returns; where it fails, there is none, and the upload is
 * aborted as far as the service can be reached.
 *
 * @param checksums whether the service keeps SHA-256 checksums of the parts (Amazon's does)
 * @throws LeashError `backup/corrupt` where the file is not what the manifest says; else what the SDK throws
 */
export async function uploadFile(
  client: S3Client,
  place: ObjectPlace,
  file: string,
  content: Content,
  checksums: boolean,
): Promise<void> {
  const upload = new Upload({
    client,
    queueSize: parallelParts,
    partSize: Math.max(usualPart, Math.ceil(content.bytes / mostParts)),
    params: {
      ...place,
      // One chunk ahead is enough: whole parts are collected behind it.
      Body: Readable.from(readChecked(file, content), { highWaterMark: 1 }),
      ContentLength: content.bytes,
      ContentType: "application/octet-stream",
      ...(checksums && { ChecksumAlgorithm: "SHA256" as const }),
    },
  });
  await upload.done();
}

/** Its fault comes before the last part goes out, so that nothing is completed. */
async function* readChecked(file: string, content: Content): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of fs.createReadStream(file, { highWaterMark: mebibyte }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
    yield chunk;
  }
  assertContent(content, bytes, hash.digest("hex"));
}

function assertContent({ id, bytes, sha256 }: Content, actualBytes: number, actualSha256: string): void {
  if (actualBytes === bytes && actualSha256 === sha256) return;
  const fault =
    actualBytes === bytes ? "its SHA-256 is another one" : `it has ${actualBytes} bytes in place of ${bytes}`;
  throw corrupt(id, fault);
}

export function corrupt(id: string, fault: string): LeashError {
  return new LeashError("backup/corrupt", `The dump of the backup ${id} is not what its manifest says: ${fault}.`, {
    hint: "Use another backup, and make a new one.",
  });
}

/**
 * Downloads an object into a new file. A connection that breaks off is taken up again where it was.
 *
 * @throws LeashError `backup/corrupt` where the object is not what the manifest says; else what the SDK throws
 */
export async function downloadFile(
  client: S3Client,
  place: ObjectPlace,
  file: string,
  content: Content,
  attempts: number,
): Promise<void> {
  const hash = createHash("sha256");
  const target = await fs.promises.open(file, "wx", 0o600);
  try {
    let at = 0;
    let tag: string | undefined;
    for (let attempt = 1; at < content.bytes; attempt++) {
      if (attempt > 1) await sleep(200 * attempt);
      const rest = at === 0 ? {} : { Range: `bytes=${at}-`, ...(tag !== undefined && { IfMatch: tag }) };
      const { Body, ETag, ContentLength } = await client.send(new GetObjectCommand({ ...place, ...rest }));
      const body = Body as Readable;
      tag = ETag;
      if (ContentLength !== undefined && at + ContentLength !== content.bytes) {
        body.destroy();
        throw corrupt(content.id, `it has ${at + ContentLength} bytes in place of ${content.bytes}`);
      }
      for await (const chunk of untilBroken(body, attempt === attempts)) {
        await target.writeFile(chunk);
        hash.update(chunk);
        at += chunk.length;
      }
    }
    assertContent(content, at, hash.digest("hex"));
  } finally {
    await target.close();
  }
}

/** What comes of an answer; that it breaks off is an error in the last attempt only. */
async function* untilBroken(body: Readable, last: boolean): AsyncGenerator<Buffer> {
  try {
    yield* body as AsyncIterable<Buffer>;
  } catch (error) {
    if (last) throw brokenOff(error);
  } finally {
    body.destroy();
  }
}

const brokenOff = (cause: unknown) => Object.assign(new Error(errorMessage(cause)), { code: "ECONNRESET" });

/** @throws what the SDK throws; an answer that breaks off is asked for again */
export async function readText(client: S3Client, place: ObjectPlace, attempts: number): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const { Body } = await client.send(new GetObjectCommand(place));
    try {
      return await Body!.transformToString("utf-8");
    } catch (error) {
      if (attempt >= attempts) throw brokenOff(error);
      await sleep(200 * attempt);
    }
  }
}
