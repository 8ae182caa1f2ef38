import { spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { BSON } from "mongodb";
import { createSelfSignedCertificate } from "../connection/certificate";
import { sleep, startListener } from "../connection/support";
import { freePort } from "./free-port";
import { buildTool } from "./go-tools";

export interface TestMongodb {
  port: number;
  /** With a certificate that nobody trusts. */
  tlsPort: number;
  stop(): Promise<void>;
}

/** A FerretDB of its own, which speaks MongoDB's protocol with logins by SCRAM, on two loopback ports: plain and with TLS. */
export async function startMongodb({ user, password }: { user: string; password: string }): Promise<TestMongodb> {
  const program = path.join(await buildTool("ferretdb"), "ferretdb");
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "leash-mongodb-"));
  const { key, certificate } = createSelfSignedCertificate();
  fs.writeFileSync(path.join(folder, "key.pem"), key, { mode: 0o600 });
  fs.writeFileSync(path.join(folder, "cert.pem"), certificate);
  const [port, tlsPort] = [await freePort(), await freePort()];
  const child = spawn(
    program,
    [
      ...["--handler=sqlite", `--sqlite-url=file:${folder}/`, `--state-dir=${folder}`, "--debug-addr=-"],
      ...[`--listen-addr=127.0.0.1:${port}`, `--listen-tls=127.0.0.1:${tlsPort}`],
      ...[`--listen-tls-cert-file=${folder}/cert.pem`, `--listen-tls-key-file=${folder}/key.pem`],
      ...["--telemetry=disable", "--test-enable-new-auth", "--setup-database=admin"],
      ...[`--setup-username=${user}`, `--setup-password=${password}`],
    ],
    { stdio: ["ignore", "ignore", "pipe"], cwd: folder },
  );
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  for (let waited = 0; !((await answers(port)) && (await answers(tlsPort))); waited += 100) {
    if (waited > 60_000 || child.exitCode !== null) throw new Error(`FerretDB did not start: ${log}`);
    await sleep(100);
  }
  return {
    port,
    tlsPort,
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

type Answer = (command: BSON.Document) => BSON.Document;

const queryCode = 2004;

/**
 * No MongoDB, but what speaks the outside of its protocol: it answers each command with the document that `answer` gives. For
 * what hosted servers say and none that can be had here does.
 */
export function startSpokenMongodb(answer: Answer) {
  return startListener((socket) => {
    let bytes: Buffer = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      while (bytes.length >= 4 && bytes.length >= bytes.readInt32LE(0)) {
        const message = bytes.subarray(0, bytes.readInt32LE(0));
        bytes = bytes.subarray(message.length);
        socket.write(reply(message, answer));
      }
    });
  });
}

/** https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ */
function reply(message: Buffer, answer: Answer): Buffer {
  const isQuery = message.readInt32LE(12) === queryCode;
  const start = isQuery ? message.indexOf(0, 20) + 1 + 8 : 21;
  const command = BSON.deserialize(message.subarray(start, start + message.readInt32LE(start)));
  const body = BSON.serialize(answer(command));
  const head = Buffer.alloc(isQuery ? 36 : 21);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(message.readInt32LE(4), 8);
  head.writeInt32LE(isQuery ? 1 : 2013, 12);
  if (isQuery) head.writeInt32LE(1, 32);
  return Buffer.concat([head, body]);
}
