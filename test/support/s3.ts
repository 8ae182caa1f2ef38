import { createHash } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import type net from "node:net";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { execa, execaSync } from "execa";
import { requirement } from "./requirements";

/** A service that speaks S3's language, from PyPI; pinned, because what it leaves out differs by version. */
const packages = ["moto[s3]==5.2.5", "flask==3.1.3", "flask-cors==6.0.5"];
const recipe = createHash("sha256").update(packages.join(" ")).digest("hex").slice(0, 12);

/** Made once and kept in the user's cache. */
function environment(): string {
  const cache = process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), ".cache");
  return path.join(cache, "leash-databases-tests", `moto-${recipe}`);
}

const python = () => path.join(environment(), "bin", "python");
/** Written last: a folder without it is one that an interrupted run has left. */
const whole = () => path.join(environment(), "whole");

/** What is missing for tests with S3; undefined where they can run. */
export const missingS3 = requirement("tests with S3", () => {
  if (fs.existsSync(whole())) return undefined;
  const made = execaSync("python3", ["-m", "venv", environment()], { reject: false, timeout: 60_000 });
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...packages];
  const installed = made.failed ? made : execaSync(python(), pip, { reject: false, timeout: 300_000 });
  if (!installed.failed) fs.writeFileSync(whole(), "");
  return made.failed ? "Python 3 with venv" : installed.failed ? `${packages[0]} from PyPI` : undefined;
});

const program = `
import json, logging, os, sys
from moto.server import ThreadedMotoServer
import boto3
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
host, port = server.get_host_and_port()
names = dict(aws_access_key_id="setup", aws_secret_access_key="setup", region_name="us-east-1")
told = dict(port=port)
if os.environ.get("INITIAL_NO_AUTH_ACTION_COUNT"):
    iam = boto3.client("iam", endpoint_url=f"http://127.0.0.1:{port}", **names)
    iam.create_user(UserName="leash")
    allowed = dict(Version="2012-10-17", Statement=[dict(Effect="Allow", Action="s3:*", Resource="*")])
    iam.put_user_policy(UserName="leash", PolicyName="all", PolicyDocument=json.dumps(allowed))
    key = iam.create_access_key(UserName="leash")["AccessKey"]
    told.update(accessKeyId=key["AccessKeyId"], secretAccessKey=key["SecretAccessKey"])
print(json.dumps(told), flush=True)
sys.stdin.read()
os._exit(0)
`;

export interface S3Server {
  port: number;
  endpoint: string;
  /** Those that it knows, where it looks at keys. */
  accessKeyId: string;
  secretAccessKey: string;
  close(): Promise<void>;
}

/** @param checksKeys makes it one that refuses keys which it doesn't know, and signatures that are wrong */
export async function startS3Server({ checksKeys = false } = {}): Promise<S3Server> {
  // The three requests that make the user come before keys count.
  const env = { PATH: process.env.PATH ?? "", ...(checksKeys && { INITIAL_NO_AUTH_ACTION_COUNT: "3" }) };
  const child = execa(python(), ["-c", program], {
    env,
    extendEnv: false,
    buffer: false,
    reject: false,
    stderr: "pipe",
  });
  let said = "";
  child.stderr.on("data", (text) => {
    said = `${said}${text}`.slice(-4000);
  });
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), "line"),
    child.then(() => Promise.reject(new Error(`The S3 server did not start: ${said}`))),
  ])) as [string];
  const told = JSON.parse(line) as { port: number; accessKeyId?: string; secretAccessKey?: string };
  return {
    port: told.port,
    endpoint: `http://127.0.0.1:${told.port}`,
    accessKeyId: told.accessKeyId ?? "AKIATEST",
    secretAccessKey: told.secretAccessKey ?? "a-secret-of-the-tests",
    close: async () => {
      child.stdin.end();
      await child;
    },
  };
}

export interface Exchange {
  request: http.IncomingMessage;
  response: http.ServerResponse;
  /** Asks the server; what comes of it has not been passed on yet. */
  ask(): Promise<http.IncomingMessage>;
}

/** Asks, and passes the answer on. */
export async function relay({ response, ask }: Exchange): Promise<void> {
  const answer = await ask();
  response.writeHead(answer.statusCode!, answer.headers);
  answer.pipe(response);
}

/** A way to the server that does with requests and answers what a network might do. */
export async function openS3Door({ port }: Pick<S3Server, "port">, handle: (exchange: Exchange) => Promise<void>) {
  const door = http.createServer((request, response) => {
    const { method, headers, url } = request;
    const ask = async () => {
      const forwarded = http.request({ host: "127.0.0.1", port, method, headers, path: url });
      request.pipe(forwarded);
      return ((await once(forwarded, "response")) as [http.IncomingMessage])[0];
    };
    handle({ request, response, ask }).catch(() => response.destroy());
  });
  door.listen(0, "127.0.0.1");
  await once(door, "listening");
  return {
    endpoint: `http://127.0.0.1:${(door.address() as net.AddressInfo).port}`,
    close: async () => {
      door.closeAllConnections();
      door.close();
      await once(door, "close");
    },
  };
}
