import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { pgbouncerIni } from "../src/pool/config";

/** Where the server's image finds what it is given. */
export const configFolder = "/etc/leash";

/** The folder of the pool's socket, in the server's: the apps have it mounted already. */
export const poolFolder = (socketDirectory: string) => `${socketDirectory}/pool`;

interface Parts {
  socketDirectory: string;
  password: pulumi.Output<string>;
  socket: docker.Volume;
  image: docker.RemoteImage;
}

/** PgBouncer from the server's image, whose user may make a socket beside the server's. */
export function createPool(
  component: pulumi.Resource,
  name: string,
  { socketDirectory, password, socket, image }: Parts,
): docker.Container {
  const config = pgbouncerIni({
    ...{ serverSocketDirectory: socketDirectory, socketDirectory: poolFolder(socketDirectory) },
    ...{ userlistFile: "/tmp/pool/userlist.txt", pidFile: "/tmp/pool/pgbouncer.pid" },
  });
  return new docker.Container(
    `${name}-pool`,
    {
      image: image.imageId,
      command: ["pool"],
      envs: [`LEASH_SOCKET_DIRECTORY=${socketDirectory}`],
      uploads: [
        { file: `${configFolder}/pgbouncer.ini`, content: config },
        { file: `${configFolder}/administrator-password`, content: pulumi.secret(password) },
      ],
      mounts: [{ type: "volume", source: socket.name, target: socketDirectory }],
      networkMode: "none",
      ...{ memory: 128, memorySwap: 128 },
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges"],
      ...{ logDriver: "json-file", logOpts: { "max-size": "10m", "max-file": "3" } },
      healthcheck: {
        tests: ["CMD", "leash-entrypoint", "healthy", "pool"],
        ...{ interval: "5s", timeout: "3s", startPeriod: "30s", retries: 6 },
      },
      ...{ restart: "unless-stopped", mustRun: true, stopTimeout: 10, destroyGraceSeconds: 10 },
    },
    { parent: component, dependsOn: [socket] },
  );
}
