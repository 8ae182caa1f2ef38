import type { LibpqUri } from "./libpq-uri";

type ProviderName = "supabase" | "neon";

/** A way into a provider's databases, told by the host and the port. */
interface Endpoint {
  readonly provider: ProviderName;
  /** "Supabase (transaction pooler)" */
  readonly title: string;
  readonly host: RegExp;
  /** Any, when absent. */
  readonly port?: number;
  readonly advice: readonly string[];
}

/** Without one, a word is said about it; the providers' own strings carry `sslmode=require`. */
const tlsParameters = ["sslmode", "ssl", "sslnegotiation"];

const transactionPooling =
  "This pooler hands a connection to another client after each transaction: turn prepared statements off in the driver (Prisma: pgbouncer=true), and let migrations use the";

/**
 * The first that fits counts.
 * Sources: https://supabase.com/docs/guides/database/connecting-to-postgres, https://neon.com/docs/connect/connection-pooling
 */
const endpoints: readonly Endpoint[] = [
  {
    provider: "supabase",
    title: "Supabase (transaction pooler)",
    host: /\.pooler\.supabase\.com$/,
    port: 6543,
    advice: [`${transactionPooling} session pooler on port 5432.`],
  },
  { provider: "supabase", title: "Supabase (session pooler)", host: /\.pooler\.supabase\.com$/, advice: [] },
  {
    provider: "supabase",
    title: "Supabase (dedicated pooler)",
    host: /^db\.[a-z0-9]+\.supabase\.co$/,
    port: 6543,
    advice: [`${transactionPooling} direct connection on port 5432.`],
  },
  {
    provider: "supabase",
    title: "Supabase (direct connection)",
    host: /^db\.[a-z0-9]+\.supabase\.co$/,
    advice: ["Supabase's direct host has an IPv6 address alone, unless you bought IPv4; its session pooler has both."],
  },
  {
    provider: "neon",
    title: "Neon (pooled)",
    host: /^[a-z0-9-]+-pooler\.[a-z0-9.-]+\.neon\.tech$/,
    advice: [
      "Neon's pooler hands a connection to another client after each transaction: let migrations use the direct host, the one without -pooler.",
    ],
  },
  { provider: "neon", title: "Neon (direct)", host: /\.neon\.tech$/, advice: [] },
];

const thisMachine = /^(?:localhost|127(?:\.\d{1,3}){3}|::1|0\.0\.0\.0|::|host\.docker\.internal|\/.*)$/;

/** Who runs the server, as far as the URL tells, and what its user should know before the app does. */
export interface Recognition {
  provider: ProviderName | null;
  title: string | null;
  /** Whole sentences; nothing in them is secret. */
  advice: string[];
}

export function recognizeProvider(uri: Pick<LibpqUri, "hosts" | "user" | "parameters">): Recognition {
  const { host = "", port } = uri.hosts[0] ?? {};
  const name = host.toLowerCase();
  const endpoint = endpoints.find((e) => e.host.test(name) && (e.port === undefined || e.port === port));
  const advice: string[] = [];
  if (endpoint && !tlsParameters.some((parameter) => uri.parameters.has(parameter))) {
    advice.push("Add sslmode=require to the URL: without it some drivers connect unencrypted, or not at all.");
  }
  if (uri.parameters.get("pgbouncer") !== "true") advice.push(...(endpoint?.advice ?? []));
  if (name.endsWith(".pooler.supabase.com") && !uri.user.includes(".") && !uri.parameters.has("options")) {
    advice.push("Supabase's poolers find the project by the user's name: postgres.<project reference>.");
  }
  if (uri.hosts.some((each) => thisMachine.test(each.host.toLowerCase()))) {
    advice.push("Its host is this machine itself: the URL works for apps that run here, and for no others.");
  }
  return { provider: endpoint?.provider ?? null, title: endpoint?.title ?? null, advice };
}
