import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { inspect } from "node:util";
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from "@aws-sdk/client-s3";
import { buildSync } from "esbuild";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createBackupId, formatManifest, type Manifest } from "../../src/backup/manifest";
import { createS3Client } from "../../src/backup/s3/client";
import { describeS3Error } from "../../src/backup/s3/errors";
import { openS3Store } from "../../src/backup/s3/load";
import { s3SettingsSchema } from "../../src/backup/s3/settings";
import { createS3Store } from "../../src/backup/s3/store";
import { LeashError } from "../../src/errors";
import { freePort } from "../support/free-port";
import { missingS3, openS3Door, relay, type S3Server, startS3Server } from "../support/s3";
import { root } from "../support/sandbox";
import { openTcpDoor } from "../support/tcp-door";

const waits = { connectMs: 500, idleMs: 1500, requestMs: 20_000, attempts: 2 };
const app = "app_7k2m9qd4tx";
const mebibyte = 1024 * 1024;

const directory = fs.mkdtempSync(path.join(os.tmpdir(), "leash-s3-"));
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

/** A dump on disk and the manifest that says what it is. */
function makeDump(bytes: number, changes: Partial<Manifest> = {}): { manifest: Manifest; file: string; data: Buffer } {
  const data = randomBytes(bytes);
  const now = new Date().toISOString();
  const manifest: Manifest = {
    ...{ format: 1, id: createBackupId(new Date()), app, name: "notes", plan: "free", serverVersion: "18.4" },
    ...{ client: { kind: "native", version: "18.4" }, dump: "custom", bytes, databaseBytes: bytes },
    ...{ sha256: createHash("sha256").update(data).digest("hex"), startedAt: now, finishedAt: now },
    ...{ verifiedAt: null, drilledAt: null, drill: null, verifier: null },
    ...{ evidence: { tables: [], largeObjects: 0, extensions: [] } },
    ...changes,
  };
  const file = path.join(directory, `${manifest.id}.partial`);
  fs.writeFileSync(file, data);
  return { manifest, file, data };
}

const failure = async (work: Promise<unknown>): Promise<LeashError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LeashError);
  return error as LeashError;
};

describe("the settings of a store in S3", () => {
  const least = { bucket: "backups" };

  it("take a folder with and without a slash for the same one", () => {
    for (const prefix of ["a/b", "a/b/", "/a//b"]) {
      expect(s3SettingsSchema.parse({ ...least, prefix }).prefix).toBe("a/b/");
    }
    expect(s3SettingsSchema.parse(least)).toEqual({ bucket: "backups", prefix: "", region: "us-east-1" });
  });

  it.each([
    [{ endpoint: "http://me:secret-word@127.0.0.1:9000" }],
    [{ endpoint: "http://127.0.0.1:9000?token=secret-word" }],
    [{ endpoint: "ftp://127.0.0.1" }],
    [{ secretAccessKey: "secret-word" }],
    [{ accessKeyId: "AKIA" }],
    [{ bucket: "a/b" }],
  ])("refuse %j, and say no secret", (changes) => {
    const { success, error } = s3SettingsSchema.safeParse({ ...least, ...changes });
    expect(success).toBe(false);
    expect(JSON.stringify(error)).not.toContain("secret-word");
  });
});

describe("an error of a store in S3", () => {
  it("is one line without the key, whatever the service says", () => {
    const secretAccessKey = "a-secret-of-the-tests";
    const settings = s3SettingsSchema.parse({ bucket: "backups", accessKeyId: "AKIATEST", secretAccessKey });
    const said = Object.assign(new Error(`signed with\n\u001b[31m${secretAccessKey}. ${"x".repeat(1000)}`), {
      ...{ name: "AccessDenied", $metadata: { httpStatusCode: 403 }, $response: { body: secretAccessKey } },
    });
    const error = describeS3Error(said, "The backups can't be listed", settings);
    expect(error.message).toMatch(
      /^The backups can't be listed: s3:\/\/backups answered 403 AccessDenied: signed with \[31m\*\*\*\. x{200,300}\.$/,
    );
    expect(inspect(error)).not.toContain(secretAccessKey);
  });
});

describe("Amazon's SDK", () => {
  it("is loaded by the bundle alone", () => {
    const source = path.join(root, "src");
    const files = fs.readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
    const text = (file: string) => fs.readFileSync(path.join(source, file), "utf8");
    const open = ["backup/s3/load.ts", "backup/s3/settings.ts"];
    for (const file of files) {
      const inBundle = file.startsWith("backup/s3/") && !open.includes(file);
      if (inBundle) continue;
      expect(text(file), file).not.toMatch(/from "@(?:aws-sdk|smithy)\/|from ".*s3\/(?!load"|settings")/);
      if (open.includes(file)) expect(text(file), file).not.toMatch(/^import .*"\.\/(?!settings")/m);
    }
  });
});

describe("a request to store a dump", () => {
  interface SentRequest {
    hostname: string;
    path: string;
    headers: Record<string, string>;
  }

  /** What would go out to the settings' service; nothing does. */
  async function catchRequest(changes: object): Promise<SentRequest & { manifest: Manifest }> {
    const keys = { accessKeyId: "AKIATEST", secretAccessKey: "a-secret-of-the-tests" };
    const settings = s3SettingsSchema.parse({ prefix: "leash", region: "eu-central-1", ...keys, ...changes });
    const requests: SentRequest[] = [];
    const { requestHandler } = createS3Client(settings, waits).config;
    const send = vi.spyOn(Object.getPrototypeOf(requestHandler), "handle").mockImplementation(async (request) => {
      requests.push(request as SentRequest);
      throw Object.assign(new Error("no network in this test"), { name: "Unplugged" });
    });
    const { manifest, file } = makeDump(10);
    await failure(createS3Store(settings, directory, { waits }).add(manifest, file));
    send.mockRestore();
    return { ...requests[0]!, manifest };
  }

  it.each([
    ["backups", "backups.s3.eu-central-1.amazonaws.com", /^\/leash\//],
    // A certificate for *.s3… does not hold for a name with a dot.
    ["my.backups", "s3.eu-central-1.amazonaws.com", /^\/my\.backups\/leash\//],
  ])("goes to Amazon for the bucket %s in its region, with a checksum", async (bucket, hostname, start) => {
    const { manifest, headers, ...request } = await catchRequest({ bucket });
    expect([request.hostname, request.path]).toEqual([hostname, expect.stringMatching(start)]);
    const checksum = Buffer.from(manifest.sha256, "hex").toString("base64");
    expect(headers).toMatchObject({ "x-amz-checksum-sha256": checksum, "x-amz-content-sha256": manifest.sha256 });
  });

  it("goes to another service signed with its content's SHA-256, and with no header that only Amazon knows", async () => {
    const bucket = "backups";
    const { manifest, headers, ...request } = await catchRequest({ bucket, endpoint: "https://s3.example.com" });
    expect([request.hostname, request.path.startsWith("/backups/leash/")]).toEqual(["s3.example.com", true]);
    expect(headers).toMatchObject({ "x-amz-content-sha256": manifest.sha256 });
    expect(Object.keys(headers).filter((name) => /checksum|trailer/.test(name))).toEqual([]);
    const hosted = await catchRequest({ bucket, endpoint: "https://s3.example.com", forcePathStyle: false });
    expect(hosted.hostname).toBe("backups.s3.example.com");
  });
});

describe("the bundle's place", () => {
  const folder = path.join(directory, "opt/leash");
  const open = `require("./agent.js").openS3Store({ bucket: "backups", prefix: "", region: "us-east-1" }, "/tmp").then(
    (store) => console.log(store.description), (error) => console.log(error.code))`;

  it("is beside the agent's program in a container", async () => {
    buildSync({
      ...{ absWorkingDir: root, entryPoints: ["src/backup/s3/load.ts"], outfile: path.join(folder, "agent.js") },
      ...{ bundle: true, platform: "node", format: "cjs" },
    });
    const run = async () => (await execa(process.execPath, ["-e", open], { cwd: folder })).stdout;
    expect(await run()).toBe("backup/no-s3-program");
    fs.copyFileSync(path.join(root, "dist/backup/s3.js"), path.join(folder, "s3.js"));
    expect(await run()).toBe("s3://backups");
  });
});

describe.skipIf(missingS3)("a store in S3", () => {
  let server: S3Server;
  const workFolder = path.join(directory, "work");
  const settingsFor = (changes: object = {}) =>
    s3SettingsSchema.parse({
      ...{ bucket: "backups", prefix: "leash", endpoint: server.endpoint },
      ...{ accessKeyId: server.accessKeyId, secretAccessKey: server.secretAccessKey },
      ...changes,
    });
  const client = () => createS3Client(settingsFor(), waits);
  const storeOf = (changes: object = {}, idleMs = waits.idleMs) =>
    createS3Store(settingsFor(changes), workFolder, { waits: { ...waits, idleMs } });
  const keys = async (Prefix = "leash/") => {
    const { Contents = [] } = await client().send(new ListObjectsV2Command({ Bucket: "backups", Prefix }));
    return Contents.map(({ Key }) => Key!);
  };
  const uploads = async (Prefix: string) => {
    const { Uploads = [] } = await client().send(new ListMultipartUploadsCommand({ Bucket: "backups", Prefix }));
    return Uploads.map(({ Key }) => Key!);
  };
  const put = (Key: string, Body: string | Buffer = "x") =>
    client().send(new PutObjectCommand({ Bucket: "backups", Key, Body }));

  beforeAll(async () => {
    server = await startS3Server();
    await client().send(new CreateBucketCommand({ Bucket: "backups" }));
  });
  afterAll(() => server?.close());

  it.each([
    ["with checksums of the service's", true],
    ["without", false],
  ])("takes a dump in and gives it back, %s", async (_, checksums) => {
    const store = createS3Store(settingsFor({ prefix: `round-${checksums}` }), workFolder, { waits, checksums });
    expect(store.description).toBe(`s3://backups/round-${checksums} (127.0.0.1:${server.port})`);
    const { manifest, file, data } = makeDump(100_000);
    await store.add(manifest, file);
    expect(fs.existsSync(file)).toBe(false);
    expect(await keys(`round-${checksums}`)).toEqual([
      `round-${checksums}/${app}/${manifest.id}.dump`,
      `round-${checksums}/${app}/${manifest.id}.json`,
    ]);
    expect(await store.list(app)).toEqual({ backups: [manifest], broken: [] });

    const verified = { ...manifest, verifiedAt: new Date().toISOString() };
    await store.save(verified);
    expect(await store.list()).toEqual({ backups: [verified], broken: [] });

    const opened = await store.open(manifest);
    expect(fs.readFileSync(opened.file).equals(data)).toBe(true);
    expect(path.dirname(path.dirname(opened.file))).toBe(await store.workspace(app));
    expect(fs.statSync(opened.file).mode & 0o777).toBe(0o600);
    await opened.release();
    expect(fs.existsSync(path.dirname(opened.file))).toBe(false);

    const dump = `round-${checksums}/${app}/${manifest.id}.dump`;
    await put(dump, "something else");
    expect((await store.list()).backups).toEqual([{ ...verified, verifiedAt: null }]);
    await client().send(new DeleteObjectCommand({ Bucket: "backups", Key: dump }));
    expect((await store.list(app)).backups).toEqual([{ ...verified, verifiedAt: null }]);

    await store.remove(manifest);
    expect(await keys(`round-${checksums}`)).toEqual([]);
    await store.save(verified);
    expect(await store.list()).toEqual({ backups: [], broken: [] });
    expect((await failure(store.open(manifest))).code).toBe("backup/corrupt");
  });

  it("makes dumps in a folder that is nobody else's", async () => {
    const folder = await storeOf().workspace(app);
    expect(folder.startsWith(workFolder)).toBe(true);
    expect(fs.statSync(folder).mode & 0o777).toBe(0o700);
  });

  it("lists the newest first, of one app and of all", async () => {
    const store = storeOf({ prefix: "order" });
    const at = (startedAt: string, of = app) => makeDump(10, { app: of, startedAt });
    const dumps = [at("2026-01-01T00:00:00Z"), at("2026-01-03T00:00:00Z", `${app}2`), at("2026-01-02T00:00:00Z")];
    for (const { manifest, file } of dumps) await store.add(manifest, file);
    const ids = dumps.map(({ manifest }) => manifest.id);
    expect((await store.list()).backups.map(({ id }) => id)).toEqual([ids[1], ids[2], ids[0]]);
    expect((await store.list(app)).backups.map(({ id }) => id)).toEqual([ids[2], ids[0]]);
  });

  it("takes a dump of several parts in and gives it back", async () => {
    const store = storeOf({ prefix: "parts" });
    const { manifest, file, data } = makeDump(26 * mebibyte + 1);
    await store.add(manifest, file);
    const Key = `parts/${app}/${manifest.id}.dump`;
    const { ETag } = await client().send(new HeadObjectCommand({ Bucket: "backups", Key }));
    expect(ETag).toMatch(/-4"$/);
    expect(await uploads("parts/")).toEqual([]);
    const { file: copy, release } = await store.open(manifest);
    expect(fs.readFileSync(copy).equals(data)).toBe(true);
    await release();
  });

  it.each([
    ["one part", 1000],
    ["several parts", 17 * mebibyte],
  ])("takes in no dump of %s that is not what its manifest says", async (_, bytes) => {
    const store = storeOf({ prefix: "other" });
    const { manifest, file } = makeDump(bytes);
    const other = { ...manifest, sha256: "0".repeat(64) };
    expect((await failure(store.add(other, file))).code).toBe("backup/corrupt");
    fs.appendFileSync(file, "x");
    expect((await failure(store.add(manifest, file))).code).toBe("backup/corrupt");
    expect([await keys("other/"), await uploads("other/")]).toEqual([[], []]);
    expect(fs.existsSync(file)).toBe(true);
  });

  it("has no backup after an upload that broke off, and removes what is left of it", async () => {
    const door = await openTcpDoor(String(server.port));
    const store = storeOf({ prefix: "cut", endpoint: `http://127.0.0.1:${door.port}` });
    const { manifest, file } = makeDump(40 * mebibyte);
    let received = 0;
    door.onData = (cut) => {
      // By then some parts have arrived; from here on nothing gets through, the attempt to abort included.
      if (++received > 300) cut();
    };
    const error = await failure(store.add(manifest, file));
    expect([error.code, received > 300]).toEqual(["backup/store-unreachable", true]);
    expect(fs.existsSync(file)).toBe(true);
    expect(await uploads("cut/")).toEqual([`cut/${app}/${manifest.id}.dump`]);

    door.onData = undefined;
    expect(await store.list()).toEqual({ backups: [], broken: [] });
    await store.tidy(app);
    expect([await keys("cut/"), await uploads("cut/")]).toEqual([[], []]);
    await store.add(manifest, file);
    expect((await store.list()).backups).toEqual([manifest]);
    await door.close();
  });

  it.each([
    ["is refused", "before"],
    ["is taken, but its answer gets lost", "after"],
  ])("has no backup where the manifest %s", async (_, when) => {
    const prefix = `half-${when}`;
    const seen: string[] = [];
    const door = await openS3Door(server, async (exchange) => {
      const { method, url } = exchange.request;
      seen.push(`${method} ${url!.replace(/^.*\.(\w+)(?:\?.*)?$/, "$1")}`);
      if (seen.at(-1) !== "PUT json") return relay(exchange);
      if (when === "after") await exchange.ask();
      exchange.response.destroy();
    });
    const store = storeOf({ prefix, endpoint: door.endpoint });
    const { manifest, file } = makeDump(10);
    expect((await failure(store.add(manifest, file))).code).toBe("backup/store-unreachable");
    expect(seen).toEqual(["PUT dump", "HEAD dump", "PUT json", "PUT json", "DELETE json", "DELETE dump"]);
    expect(await keys(prefix)).toEqual([]);
    await door.close();
  });

  it("tidies one app's leftovers: nothing of an app whose id begins alike, nothing that is not a backup's", async () => {
    const store = storeOf({ prefix: "tidy" });
    const whole = makeDump(10);
    await store.add(whole.manifest, whole.file);
    const id = createBackupId(new Date());
    const kept = [
      ...[
        `tidy/${app}2/${id}.dump`,
        `tidy/${app}.dump`,
        `tidy/${app}/${id}.dump.bak`,
        `tidy/${app}/${id}`,
        `tidy/${app}/${id}.dump/part`,
      ],
      ...[`tidy/${app}/deeper/${id}.dump`, `tidy/${app}/x${id}.dump`, `tidy/app_7k2m9qd4t/${id}.dump`],
      ...[`elsewhere/${app}/${id}.dump`, `${app}/${id}.dump`, `tidy/tidy/${app}/${id}.dump`],
      ...[`tidy/${app}/${whole.manifest.id}.dump`, `tidy/${app}/${whole.manifest.id}.json`],
    ];
    const gone = [`tidy/${app}/${id}.dump`, `tidy/${app}/${createBackupId(new Date())}.sql.gz`];
    for (const Key of [...kept.slice(0, -2), ...gone]) await put(Key);
    const begun = [`tidy/${app}2/${id}.dump`, `tidy/${app}/${id}.dump`, `tidy/${app}/notes.txt`];
    for (const Key of begun) await client().send(new CreateMultipartUploadCommand({ Bucket: "backups", Key }));
    const workspace = await store.workspace(app);
    const other = await store.workspace(`${app}2`);
    for (const folder of [workspace, other]) fs.writeFileSync(path.join(folder, `${id}.dump.partial`), "");
    fs.mkdirSync(path.join(workspace, "copy-4194305-killed"));
    const living = await store.open(whole.manifest);

    await store.tidy(app);
    const all = await keys("");
    expect(all.filter((key) => gone.includes(key))).toEqual([]);
    expect(all.filter((key) => kept.includes(key)).sort()).toEqual([...kept].sort());
    expect((await uploads("tidy/")).sort()).toEqual([begun[0], begun[2]].sort());
    expect(fs.readdirSync(workspace)).toEqual([path.basename(path.dirname(living.file))]);
    expect(fs.readdirSync(other)).toEqual([`${id}.dump.partial`]);
    await living.release();
  });

  it("removes no dump whose manifest the service has left out of its list", async () => {
    const store = storeOf({ prefix: "forgetful" });
    const { manifest, file } = makeDump(10);
    await store.add(manifest, file);
    const door = await openS3Door(server, async ({ response, ask }) => {
      const answer = await ask();
      const body = Buffer.concat(await answer.toArray()).toString();
      delete answer.headers["content-length"];
      response.writeHead(answer.statusCode!, answer.headers);
      response.end(body.replace(/<Contents><Key>[^<]*\.json<.*?<\/Contents>/gs, ""));
    });
    const { endpoint } = door;
    const forgetful = storeOf({ prefix: "forgetful", endpoint });
    expect(await forgetful.list()).toEqual({ backups: [], broken: [] });
    await forgetful.tidy(app);
    expect((await store.list()).backups).toEqual([manifest]);
    expect(await keys("forgetful/")).toHaveLength(2);
    await door.close();
  });

  it("sees what comes after the first thousand objects", async () => {
    const store = storeOf({ prefix: "many" });
    const names = Array.from({ length: 1002 }, (_, i) => `20250101T000000Z-${String(i).padStart(6, "0")}.dump`);
    const shared = client();
    for (let i = 0; i < names.length; i += 50) {
      const some = names.slice(i, i + 50);
      const send = (name: string) =>
        shared.send(new PutObjectCommand({ Bucket: "backups", Key: `many/${app}/${name}`, Body: "x" }));
      await Promise.all(some.map(send));
    }
    const { manifest, file } = makeDump(10);
    await store.add(manifest, file);
    expect(await store.list(app)).toEqual({ backups: [manifest], broken: [] });
  });

  it("tells of manifests that are none, and lists the others", async () => {
    const store = storeOf({ prefix: "broken" });
    const { manifest, file } = makeDump(10);
    await store.add(manifest, file);
    const [cut, ofAnother] = [createBackupId(new Date()), createBackupId(new Date())];
    await put(`broken/${app}/${cut}.json`, formatManifest(manifest).slice(0, 100));
    await put(`broken/${app}/${ofAnother}.json`, formatManifest(manifest));
    await put(`broken/${app}/notes.json`, "{}");
    const found = await store.list(app);
    expect(found.backups).toEqual([manifest]);
    expect(found.broken).toEqual([cut, ofAnother].map((id) => `s3://backups/broken/${app}/${id}.json`).sort());
  });

  it("takes up a download where it broke off, and gives nothing that was changed on the way", async () => {
    const { manifest, file, data } = makeDump(3 * mebibyte);
    await storeOf({ prefix: "door" }).add(manifest, file);
    const ranges: (string | undefined)[] = [];
    let handle: typeof relay;
    const door = await openS3Door(server, (exchange) => {
      ranges.push(exchange.request.headers.range);
      return handle(exchange);
    });
    const store = storeOf({ prefix: "door", endpoint: door.endpoint }, 500);

    handle = async (exchange) => {
      if (ranges.length > 1) return relay(exchange);
      const answer = await exchange.ask();
      exchange.response.writeHead(answer.statusCode!, answer.headers);
      const [chunk] = (await once(answer, "data")) as [Buffer];
      exchange.response.write(chunk, () => setTimeout(() => exchange.response.destroy(), 50));
      answer.destroy();
    };
    const opened = await store.open(manifest);
    expect(fs.readFileSync(opened.file).equals(data)).toBe(true);
    expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
    await opened.release();

    handle = async ({ response, ask }) => {
      const answer = await ask();
      answer.once("data", (chunk: Buffer) => chunk.writeUInt8(chunk[0]! ^ 1, 0));
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    };
    expect((await failure(store.open(manifest))).message).toContain("SHA-256");

    handle = async ({ response, ask }) => {
      const answer = await ask();
      response.writeHead(answer.statusCode!, answer.headers).flushHeaders();
    };
    expect((await failure(store.open(manifest))).code).toBe("backup/store-unreachable");
    expect(fs.readdirSync(await store.workspace(app))).toEqual([]);
    await door.close();
  });

  it("knows a bucket that is not there", async () => {
    const store = storeOf({ bucket: "nobodys" });
    const { manifest, file } = makeDump(10);
    for (const work of [
      () => store.list(),
      () => store.add(manifest, file),
      () => store.save(manifest),
      () => store.tidy(app),
      () => store.open(manifest),
    ]) {
      expect((await failure(work())).code).toBe("backup/store-no-bucket");
    }
  });

  it("knows an endpoint that is down, and one that is no S3", async () => {
    const error = await failure(storeOf({ endpoint: `http://127.0.0.1:${await freePort()}` }).list());
    expect(error.code).toBe("backup/store-unreachable");
    expect(error.message).toContain("ECONNREFUSED");

    const web = http.createServer((_, response) => response.end("<!doctype html><p>Hello</p>")).listen(0, "127.0.0.1");
    await once(web, "listening");
    const endpoint = `http://127.0.0.1:${(web.address() as net.AddressInfo).port}`;
    const { manifest, file } = makeDump(10);
    expect((await failure(storeOf({ endpoint }).add(manifest, file))).code).toBe("backup/store-failed");
    web.close();
  });

  it("does not wait for ever for an endpoint that hangs", async () => {
    const sockets = new Set<net.Socket>();
    const listener = net.createServer((socket) => sockets.add(socket.on("error", () => {}))).listen(0, "127.0.0.1");
    await once(listener, "listening");
    const store = storeOf({ endpoint: `http://127.0.0.1:${(listener.address() as net.AddressInfo).port}` }, 400);
    const { manifest, file } = makeDump(20 * mebibyte);
    const begin = Date.now();
    const errors = await Promise.all([failure(store.list()), failure(store.add(manifest, file))]);
    expect(errors.map(({ code }) => code)).toEqual(["backup/store-unreachable", "backup/store-unreachable"]);
    expect(Date.now() - begin).toBeLessThan(8_000);
    for (const socket of sockets) socket.destroy();
    listener.close();
  });

  it("knows keys that are not accepted, and says none", async () => {
    const strict = await startS3Server({ checksKeys: true });
    const { endpoint, accessKeyId, secretAccessKey: secret } = strict;
    const right = { endpoint, accessKeyId, secretAccessKey: secret };
    const store = storeOf(right);
    await createS3Client(settingsFor(right), waits).send(new CreateBucketCommand({ Bucket: "backups" }));
    const { manifest, file } = makeDump(10);
    await store.add(manifest, file);
    expect((await store.list()).backups).toEqual([manifest]);
    const secretAccessKey = "wrong-secret-of-the-tests";
    for (const wrong of [
      { ...right, secretAccessKey },
      { ...right, accessKeyId: "AKIANOBODY" },
    ]) {
      const bad = storeOf(wrong);
      for (const work of [() => bad.list(), () => bad.save(manifest), () => bad.tidy(app), () => bad.open(manifest)]) {
        const error = await failure(work());
        expect(error.code).toBe("backup/store-denied");
        const all = JSON.stringify([error.message, error.hint, error.details, error.stack, error.cause]);
        for (const word of [secretAccessKey, secret]) expect(all).not.toContain(word);
      }
    }

    // Where Amazon's programs find none, neither does leash.
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    for (const name of ["AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"]) vi.stubEnv(name, "/nonexistent");
    const keyless = storeOf({ endpoint, accessKeyId: undefined, secretAccessKey: undefined });
    const error = await failure(keyless.list());
    expect([error.code, error.hint]).toEqual(["backup/store-denied", expect.stringContaining("accessKeyId")]);
    vi.stubEnv("AWS_ACCESS_KEY_ID", accessKeyId);
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", secret);
    expect((await keyless.list()).backups).toEqual([manifest]);
    vi.unstubAllEnvs();
    await strict.close();
  });

  describe("loaded from its bundle", () => {
    it("works, and its errors are leash's own", async () => {
      const store = await openS3Store(settingsFor({ prefix: "bundle" }), workFolder);
      const { manifest, file } = makeDump(10);
      await store.add(manifest, file);
      expect((await store.list()).backups).toEqual([manifest]);
      const other = await openS3Store(settingsFor({ bucket: "nobodys" }), workFolder);
      const error = await failure(other.list());
      expect([error.code, error.name]).toEqual(["backup/store-no-bucket", "LeashError"]);
    });

    it("holds a few parts in memory, however large the dump is", async () => {
      const { manifest, file } = makeDump(200 * mebibyte);
      const script = `
        const { createS3Store } = require(process.argv[1]);
        const [settings, manifest, file, work] = JSON.parse(process.argv[2]);
        const store = createS3Store(settings, work);
        store.list().then(async () => {
          const before = process.memoryUsage.rss();
          let most = 0;
          const timer = setInterval(() => { most = Math.max(most, process.memoryUsage.rss()); }, 10);
          const begin = Date.now();
          await store.add(manifest, file);
          const seconds = (Date.now() - begin) / 1000;
          const opened = await store.open(manifest);
          clearInterval(timer);
          console.log(JSON.stringify({ before, most, seconds, all: (Date.now() - begin) / 1000 }));
          await opened.release();
        });`;
      const given = JSON.stringify([settingsFor({ prefix: "large" }), manifest, file, workFolder]);
      const bundle = path.join(root, "dist/backup/s3.js");
      const { stdout } = await execa(process.execPath, ["-e", script, bundle, given]);
      const { before, most, seconds, all } = JSON.parse(stdout);
      console.info(`RSS ${before / mebibyte} → ${most / mebibyte} MiB; ${seconds} s up, ${all} s with the way back`);
      expect(most - before).toBeLessThan(120 * mebibyte);
    });
  });
});
