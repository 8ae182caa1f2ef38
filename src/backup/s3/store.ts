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
import { asStored, byAge, formatManifest, type Manifest, parseManifest } from "../manifest";
import type { BackupStore } from "../store";
import { createS3Client, type S3Waits, usualWaits } from "./client";
import { describeS3Error, isNotFound } from "./errors";
import { forEach } from "./for-each";
import { appFolder, dumpKey, manifestKey, parseKey, type StoredKey } from "./keys";
import { describeS3Place, type S3Settings } from "./settings";
import { corrupt, downloadFile, readText, uploadFile } from "./transfer";
import { createCopyFolder, createWorkspace, tidyWorkspace } from "./work-folder";

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
 * `backup/store-failed`, `backup/corrupt`, `state/…`.
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

  async function readIfThere(Key: string): Promise<string | undefined> {
    try {
      return await readText(client, { Bucket, Key }, waits.attempts);
    } catch (error) {
      if (isNotFound(error)) return undefined;
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

  const storedBytes = async (Key: string) => (await client.send(new HeadObjectCommand({ Bucket, Key }))).ContentLength;

  /** By GET: an answer to HEAD has no words, so that a bucket that is missing would look the same. */
  const isThere = async (Key: string) => (await readIfThere(Key)) !== undefined;

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
      await forEach(own, parallelRequests, async ({ Key, UploadId }) => {
        await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch(ignoreGone);
      });
      from = page.IsTruncated ? page : undefined;
    }
  }

  return {
    description,

    list: (app) =>
      trying("The backups can't be listed", async () => {
        const objects = await listObjects(app === undefined ? prefix : appFolder(prefix, app));
        const bytesOf = new Map(objects.map(({ Key, bytes }) => [Key, bytes]));
        const backups: Manifest[] = [];
        const broken: string[] = [];
        const manifests = objects.filter(({ holds }) => holds === "manifest");
        await forEach(manifests, parallelRequests, async (object) => {
          const text = object.bytes > mostManifestBytes ? "" : await readIfThere(object.Key);
          // One that has gone since is not broken.
          if (text === undefined) return;
          const manifest = parseManifestOf(text, object);
          if (manifest) backups.push(asStored(manifest, bytesOf.get(dumpKey(prefix, manifest))));
          else broken.push(`s3://${Bucket}/${object.Key}`);
        });
        return { backups: backups.sort(byAge), broken: broken.sort() };
      }),

    workspace: (app) => trying("No folder for a dump can be made", async () => createWorkspace(workFolder, app)),

    async add(manifest, file) {
      await trying(`The backup ${manifest.id} can't be stored`, async () => {
        const Key = dumpKey(prefix, manifest);
        try {
          await uploadFile(client, { Bucket, Key }, file, manifest, checksums);
          const stored = await storedBytes(Key);
          if (stored !== manifest.bytes) throw incomplete(manifest, stored);
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
        // One that was removed in the meantime must not come back as a manifest alone.
        if (await isThere(manifestKey(prefix, manifest))) await putManifest(manifest);
      }),

    open: (manifest) =>
      trying(`The dump of the backup ${manifest.id} can't be read`, async () => {
        const folder = createCopyFolder(workFolder, manifest.app);
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
        tidyWorkspace(workFolder, app);
        // Before the objects, because an upload that is completed becomes an object.
        await abortUploads(app);
        const objects = (await listObjects(appFolder(prefix, app))).filter((object) => object.app === app);
        const whole = new Set(objects.filter(({ holds }) => holds === "manifest").map(({ id }) => id));
        const orphans = objects.filter(({ id, holds }) => holds !== "manifest" && !whole.has(id));
        await forEach(orphans, parallelRequests, async ({ id, Key }) => {
          // A list that leaves something out must not cost a backup.
          if (!(await isThere(manifestKey(prefix, { app, id })))) await removeObject(Key);
        });
      }),
  };
}

function parseManifestOf(text: string, { app, id }: StoredKey): Manifest | undefined {
  try {
    const manifest = parseManifest(text);
    return manifest.app === app && manifest.id === id ? manifest : undefined;
  } catch {
    return undefined;
  }
}

function incomplete({ id, bytes }: Manifest, stored: number | undefined): LeashError {
  const message = `The backup ${id} can't be stored: of its ${bytes} bytes, the service has ${stored ?? "none"}.`;
  return new LeashError("backup/store-failed", message, {
    hint: "Look whether the endpoint is that of an S3 API; then run it again.",
  });
}

function ignoreGone(error: unknown): void {
  if ((error as { name?: unknown } | null)?.name !== "NoSuchUpload") throw error;
}
