import { spawn } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { createSelfSignedCertificate } from "../connection/certificate";
import { freePort } from "./free-port";
import { requirement } from "./requirements";

const program = ["/usr/bin/redis-server", "/usr/local/bin/redis-server"].find((file) => fs.existsSync(file));

/** What is missing for tests with a real Redis; undefined where it is there. */
export const missingRedis = () => requirement("tests with a real Redis", () => (program ? undefined : "redis-server"));

export interface TestRedis {
  port: number;
  /** With a certificate that nobody trusts. */
  tlsPort: number;
  stop(): Promise<void>;
}

/**
 * A Redis of its own for one test file, on two loopback ports: plain and with TLS.
 * @param settings words of its configuration, such as `--maxclients 1`
 */
export async function startRedis(...settings: string[]): Promise<TestRedis> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "leash-redis-"));
  const { key, certificate } = createSelfSignedCertificate();
  fs.writeFileSync(path.join(folder, "key.pem"), key, { mode: 0o600 });
  fs.writeFileSync(path.join(folder, "cert.pem"), certificate);
  const [port, tlsPort] = [await freePort(), await freePort()];
  const child = spawn(
    program!,
    [
      ...["--bind", "127.0.0.1", "--port", `${port}`, "--save", "", "--dir", folder, "--tls-port", `${tlsPort}`],
      ...["--tls-cert-file", "cert.pem", "--tls-key-file", "key.pem", "--tls-auth-clients", "no", ...settings],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let log = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      if (log.includes("Ready to accept connections")) resolve();
    });
    child.once("exit", () => reject(new Error(`Redis did not start: ${log}`)));
  });
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
