import { MongoClient, type MongoClientOptions } from "mongodb";
import type { ClientProbe } from "./probe";

/** Connects as an app would, logs in, says hello, and leaves. Throws what the driver throws. */
export const probe: ClientProbe = async (url, timeoutMs, signal) => {
  const client = createClient(url, {
    ...{ serverSelectionTimeoutMS: timeoutMs, connectTimeoutMS: timeoutMs, socketTimeoutMS: timeoutMs },
    ...{ maxPoolSize: 1, minPoolSize: 0, appName: "leash", retryReads: false },
    // The ways that need a native addon would fail here, and say nothing about the app.
    compressors: ["none"],
  });
  // Closing tells the server; one that is gone is not waited for.
  const leave = () => void client.close(true).catch(() => {});
  signal.addEventListener("abort", leave);
  try {
    await Promise.race([client.connect(), unreachable(client)]);
    const admin = client.db("admin");
    await admin.command({ hello: 1 });
    await admin.command({ ping: 1 });
    const version = await admin.command({ buildInfo: 1 }).then(
      (info) => String(info.version ?? ""),
      // Some hosted servers keep it to themselves.
      () => "",
    );
    return { says: ["MongoDB", version].filter((word) => word !== "").join(" "), tls: client.options.tls === true };
  } finally {
    leave();
  }
};

/** The driver tries until its time is over; whoever waits for an answer wants the first one. Rejects once every host has failed. */
function unreachable(client: MongoClient): Promise<never> {
  return new Promise((_, reject) => {
    client.on("topologyDescriptionChanged", ({ newDescription }) => {
      const failures = [...newDescription.servers.values()].map(({ error }) => error);
      if (failures.length > 0 && failures.every((error) => error)) reject(failures[0]);
    });
  });
}

/** The driver is told by MONGODB_LOG_… to write what it does, in the constructor alone. */
function createClient(url: string, options: MongoClientOptions): MongoClient {
  const shell = Object.entries(process.env).filter(([name]) => name.startsWith("MONGODB_LOG"));
  for (const [name] of shell) delete process.env[name];
  try {
    return new MongoClient(url, options);
  } finally {
    for (const [name, value] of shell) process.env[name] = value;
  }
}
