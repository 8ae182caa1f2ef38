import type { ServiceName } from "./services";

export type ProviderName = "supabase" | "neon" | "atlas" | "upstash" | "redis-cloud" | "other";

/** A way into a provider's databases, told by the host and the port. */
export interface Endpoint {
  readonly service: ServiceName;
  readonly provider: ProviderName;
  /** "Supabase (transaction pooler)" */
  readonly title: string;
  readonly host: RegExp;
  /** Any, when absent. */
  readonly port?: number;
  /** Whether it lets anybody in without TLS. */
  readonly tls?: "required";
  /** Each database has a port of its own, and the driver's default is none of them. */
  readonly ownPort?: true;
  /** Nobody is let in without a login. */
  readonly login?: "required";
  /** It has the database 0 alone. */
  readonly databases?: 1;
  readonly advice: readonly string[];
}

const transactionPooling =
  "This pooler hands a connection to another client after each transaction: turn prepared statements off in the driver (Prisma: pgbouncer=true), and let migrations use the";

const noRetryableWrites = "It knows no retryable writes: add retryWrites=false to the URL.";

/**
 * The first that fits counts.
 * Sources: https://supabase.com/docs/guides/database/connecting-to-postgres, https://neon.com/docs/connect/connection-pooling,
 * https://www.mongodb.com/docs/atlas/driver-connection/, https://upstash.com/docs/redis/howto/connectclient,
 * https://redis.io/docs/latest/operate/rc/databases/connect/
 */
export const endpoints: readonly Endpoint[] = [
  {
    service: "postgresql",
    provider: "supabase",
    title: "Supabase (transaction pooler)",
    host: /\.pooler\.supabase\.com$/,
    port: 6543,
    advice: [`${transactionPooling} session pooler on port 5432.`],
  },
  {
    service: "postgresql",
    provider: "supabase",
    title: "Supabase (session pooler)",
    host: /\.pooler\.supabase\.com$/,
    advice: [],
  },
  {
    service: "postgresql",
    provider: "supabase",
    title: "Supabase (dedicated pooler)",
    host: /^db\.[a-z0-9]+\.supabase\.co$/,
    port: 6543,
    advice: [`${transactionPooling} direct connection on port 5432.`],
  },
  {
    service: "postgresql",
    provider: "supabase",
    title: "Supabase (direct connection)",
    host: /^db\.[a-z0-9]+\.supabase\.co$/,
    advice: ["Supabase's direct host has an IPv6 address alone, unless you bought IPv4; its session pooler has both."],
  },
  {
    service: "postgresql",
    provider: "neon",
    title: "Neon (pooled)",
    host: /^[a-z0-9-]+-pooler\.[a-z0-9.-]+\.neon\.tech$/,
    tls: "required",
    advice: [
      "Neon's pooler hands a connection to another client after each transaction: let migrations use the direct host, the one without -pooler.",
    ],
  },
  {
    service: "postgresql",
    provider: "neon",
    title: "Neon (direct)",
    host: /\.neon\.tech$/,
    tls: "required",
    advice: [],
  },
  {
    service: "mongodb",
    provider: "atlas",
    title: "MongoDB Atlas (SQL interface)",
    host: /\.query\.mongodb\.net$/,
    tls: "required",
    login: "required",
    advice: ["Atlas's SQL interface is for reports and reads only: apps take the string under Connect, Drivers."],
  },
  {
    service: "mongodb",
    provider: "atlas",
    title: "MongoDB Atlas (private endpoint)",
    host: /^(?:[a-z0-9-]+-)?pl-\d+(?:-[a-z0-9-]+)?\.[a-z0-9-]+\.mongodb\.net$|-pl-\d+\.[a-z0-9.-]+\.mongodb\.net$/,
    tls: "required",
    login: "required",
    advice: ["A private endpoint answers inside the network that it was made for, and nowhere else."],
  },
  {
    service: "mongodb",
    provider: "atlas",
    title: "MongoDB Atlas",
    host: /\.mongodb\.net$/,
    tls: "required",
    login: "required",
    advice: [],
  },
  {
    service: "mongodb",
    provider: "other",
    title: "Azure Cosmos DB",
    host: /\.(?:mongo|mongocluster)\.cosmos\.azure\.com$/,
    tls: "required",
    login: "required",
    advice: [],
  },
  {
    service: "mongodb",
    provider: "other",
    title: "Amazon DocumentDB",
    host: /\.docdb(?:-elastic)?\.amazonaws\.com$/,
    login: "required",
    advice: [noRetryableWrites],
  },
  {
    service: "redis",
    provider: "upstash",
    title: "Upstash (Fly.io)",
    host: /^fly-[a-z0-9-]+\.upstash\.io$/,
    login: "required",
    databases: 1,
    advice: ["Upstash for Fly.io answers inside Fly.io's private network, and nowhere else."],
  },
  {
    service: "redis",
    provider: "upstash",
    title: "Upstash",
    host: /\.upstash\.io$|\.kv\.vercel-storage\.com$/,
    tls: "required",
    login: "required",
    databases: 1,
    advice: [],
  },
  {
    service: "redis",
    provider: "redis-cloud",
    title: "Redis Cloud",
    host: /\.(?:redislabs\.com|redis-cloud\.com|redis\.io)$|\.redns\.[a-z0-9.-]+$/,
    ownPort: true,
    login: "required",
    databases: 1,
    advice: [],
  },
  {
    service: "redis",
    provider: "other",
    title: "Azure Cache for Redis",
    host: /\.redis\.cache\.windows\.net$|\.redis\.azure\.net$/,
    login: "required",
    advice: [],
  },
  {
    service: "redis",
    provider: "other",
    title: "Amazon ElastiCache",
    host: /\.cache\.amazonaws\.com$/,
    advice: ["ElastiCache answers inside its own network (VPC), and nowhere else."],
  },
];
