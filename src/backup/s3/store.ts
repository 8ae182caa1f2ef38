import fs from "node:fs";
import path from "node:path";
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  PutObjectCommand,
  paginateListObjectsV2,
} from "@aws-sdk/client-s3";
import { LeashError } from "../../errors";
import { byAge, formatManifest, type Manifest, parseManifest } from "../manifest";
import type { BackupStore } from "../store";
import { createS3Client, type S3Waits, usualWaits } from "./client";
import { describeS3Error, isNotFound } from "./errors";
import { appFolder, dumpKey, manifestKey, parseKey, type StoredKey } from "./keys";
import { describeS3Place, type S3Settings } from "./settings";
import { corrupt, downloadFile, readText, uploadFile } from "./transfer";

// Its prototype is tied to that of the program which loads this bundle (load.ts).
export { LeashError } from "../../errors";

/** A manifest lists tables; one of this size is none. */
const mostManifestBytes = 64 * 1024 * 1024;

/** Manifests that are read or objects that are removed at once. */
const parallelRequests = 8;

export interface S3StoreOptions {
  waits?: S3Waits;
  /** Whether the service keeps SHA-256 checksums of parts; Amazon's does, of others few do. */
  checksums?: boolean;
}

/**
 * Keeps backups in a bucket as `<prefix><app>/<id>.dump` with `<id>.json` beside it. Dumps are made, and copied to be
 * read, in a folder of its own inside `workFolder`.
 *
 * Its methods throw LeashError `backup/store-unreachable`, `backup/store-denied`, `backup/store-no-bucket`,
 * `backup/store-failed`, `backup/corrupt`, `state/disk-full`.
 */
export function createS3Store(settings: S3Settings, workFolder: string, options: S3StoreOptions = {}): BackupStore {
  const { waits = usualWaits, checksums = settings.endpoint === undefined } = options;
  const { bucket: Bucket, prefix } = settings;
  const client = createS3Client(settings, waits);
  const description = describeS3Place(settings);

  async function trying<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw describeS3Error(cause, what, settings);
    }
  }

  async function listObjects(folder: string): Promise<(StoredKey & { Key: string; bytes: number })[]> {
    const found = [];
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket, Prefix: folder })) {
      for (const { Key = "", Size = 0 } of Contents) {
        const parsed = parseKey(prefix, Key);
        if (parsed) found.push({ ...parsed, Key, bytes: Size });
      }
    }
    return found;
  }

  /** Undefined where it is none; null where it has gone since. */
  async function readManifest({ Key, app, id }: StoredKey & { Key: string }): Promise<Manifest | null | undefined> {
    try {
      const text = await readText(client, { Bucket, Key }, waits.attempts);
      return parseManifestOf(text, app, id);
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  }

  const putManifest = (manifest: Manifest) =>
    client.send(
      new PutObjectCommand({
        ...{ Bucket, Key: manifestKey(prefix, manifest), Body: Buffer.from(formatManifest(manifest)) },
        ContentType: "application/json",
        ...(checksums && { ChecksumAlgorithm: "SHA256" as const }),
      }),
    );

  const removeObject = (Key: string) => client.send(new DeleteObjectCommand({ Bucket, Key }));

  async function removeBackup(manifest: Manifest): Promise<void> {
    await removeObject(manifestKey(prefix, manifest));
    await removeObject(dumpKey(prefix, manifest));
  }

  async function storedBytes(Key: string): Promise<number | undefined> {
    try {
      return (await client.send(new HeadObjectCommand({ Bucket, Key }))).ContentLength;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async function abortUploads(app: string): Promise<void> {
    let from: Pick<ListMultipartUploadsCommandOutput, "NextKeyMarker" | "NextUploadIdMarker"> | undefined = {};
    while (from) {
      const page: ListMultipartUploadsCommandOutput = await client.send(
        new ListMultipartUploadsCommand({
          ...{ Bucket, Prefix: appFolder(prefix, app) },
          ...{ KeyMarker: from.NextKeyMarker, UploadIdMarker: from.NextUploadIdMarker },
        }),
      );
      const own = (page.Uploads ?? []).filter(({ Key = "" }) => parseKey(prefix, Key)?.app === app);
      await forEach(own, async ({ Key, UploadId }) => {
        await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch(ignoreNotFound);
      });
      from = page.IsTruncated ? page : undefined;
    }
  }

  /** A name that no other store's folders have, so that `tidy` may remove it whole. */
  const workspaceOf = (app: string) => path.join(workFolder, "s3-work", appFolder("", app));

  function createWorkspace(app: string): string {
    fs.mkdirSync(workspaceOf(app), { recursive: true, mode: 0o700 });
    return workspaceOf(app);
  }

  return {
    description,

    list: (app) =>
      trying("The backups can't be listed", async () => {
        const objects = await listObjects(app === undefined ? prefix : appFolder(prefix, app));
        const backups: Manifest[] = [];
        const broken: string[] = [];
        const manifests = objects.filter(({ holds }) => holds === "manifest");
        await forEach(manifests, async (object) => {
          const manifest = object.bytes > mostManifestBytes ? undefined : await readManifest(object);
          if (manifest) backups.push(manifest);
          else if (manifest === undefined) broken.push(`s3://${Bucket}/${object.Key}`);
        });
        return { backups: backups.sort(byAge), broken: broken.sort() };
      }),

    workspace: (app) => trying("No folder for a dump can be made", async () => createWorkspace(app)),

    async add(manifest, file) {
      await trying(`The backup ${manifest.id} can't be stored`, async () => {
        const Key = dumpKey(prefix, manifest);
        try {
          await uploadFile(client, { Bucket, Key }, file, manifest, checksums);
          const stored = await storedBytes(Key);
          if (stored !== manifest.bytes) throw corrupt(manifest.id, `${stored ?? "none"} of its bytes arrived`);
          await putManifest(manifest);
        } catch (error) {
          // An answer that got lost may stand for a manifest that is there. What this can't remove, `tidy` does.
          await removeBackup(manifest).catch(() => {});
          throw error;
        }
      });
      fs.rmSync(file, { force: true });
    },

    save: (manifest) =>
      trying(`The backup ${manifest.id} can't be changed`, async () => {
        // Written anew, one that somebody has removed meanwhile would be listed again without its dump.
        if ((await storedBytes(manifestKey(prefix, manifest))) === undefined) {
          throw new LeashError("backup/not-found", `The backup ${manifest.id} is not in ${description} any more.`, {
            hint: "List the backups to see which there are.",
          });
        }
        await putManifest(manifest);
      }),

    open: (manifest) =>
      trying(`The dump of the backup ${manifest.id} can't be read`, async () => {
        const folder = fs.mkdtempSync(path.join(createWorkspace(manifest.app), "open-"));
        const release = async () => fs.rmSync(folder, { recursive: true, force: true });
        const place = { Bucket, Key: dumpKey(prefix, manifest) };
        const file = path.join(folder, path.posix.basename(place.Key));
        try {
          await downloadFile(client, place, file, manifest, waits.attempts);
          return { file, release };
        } catch (error) {
          await release();
          throw isNotFound(error) ? corrupt(manifest.id, "it is gone") : error;
        }
      }),

    remove: (manifest) => trying(`The backup ${manifest.id} can't be removed`, () => removeBackup(manifest)),

    tidy: (app) =>
      trying(`What is left of interrupted backups of ${app} can't be removed`, async () => {
        // First, because an upload that is completed becomes an object.
        await abortUploads(app);
        const objects = (await listObjects(appFolder(prefix, app))).filter((object) => object.app === app);
        const whole = new Set(objects.filter(({ holds }) => holds === "manifest").map(({ id }) => id));
        const orphans = objects.filter(({ id, holds }) => holds !== "manifest" && !whole.has(id));
        await forEach(orphans, ({ Key }) => removeObject(Key));
        fs.rmSync(workspaceOf(app), { recursive: true, force: true });
      }),
  };
}

function parseManifestOf(text: string, app: string, id: string): Manifest | undefined {
  try {
    const manifest = parseManifest(text);
    return manifest.app === app && manifest.id === id ? manifest : undefined;
  } catch {
    return undefined;
  }
}

function ignoreNotFound(error: unknown): void {
  if ((error as { name?: unknown } | null)?.name !== "NoSuchUpload" && !isNotFound(error)) throw error;
}

/** Runs the work on all items, a few at a time; the first error ends it. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  let failed = false;
  const worker = async () => {
    for (const item of queue) {
      if (failed) return;
      await work(item).catch((error: unknown) => {
        failed = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: parallelRequests }, worker));
}
