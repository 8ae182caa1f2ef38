import { type Endpoint, endpoints, type ProviderName } from "./endpoints";
import type { ServiceName } from "./services";
import type { HostAndPort } from "./uri-parts";
import type { UrlFault } from "./url-faults";

/** Without one, a word is said about it; the providers' own strings carry `sslmode=require`. */
const tlsParameters = ["sslmode", "ssl", "sslnegotiation"];

const thisMachine = /^(?:localhost|127(?:\.\d{1,3}){3}|::1|0\.0\.0\.0|::|host\.docker\.internal|\/.*)$/;

/** Names and addresses that no other network leads to. */
const privateHost =
  /^[^.:]*$|\.(?:internal|local|localdomain|lan|home|svc|flycast)$|\.svc\.|^(?:10|127|169\.254|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.|^f[cde][0-9a-f]{2}:|^\//;

const leashId = /^(?:app_[a-z0-9]{10})$/;

/** Who runs the server, as far as the URL tells, and what its user should know before the app does. */
export interface Recognition {
  provider: ProviderName | null;
  title: string | null;
  /** Whole sentences; nothing in them is secret. */
  advice: string[];
  /** What this provider does not let pass. */
  faults: UrlFault[];
}

/** The parts of a URL that tell who runs the server. */
export interface RecognizedParts {
  hosts: readonly HostAndPort[];
  user: string;
  database: string;
  parameters: ReadonlyMap<string, string>;
  /** Whether the URL asks for TLS; undefined where it leaves that to the driver. */
  encrypted: boolean | undefined;
}

export function findEndpoint(service: ServiceName, hosts: readonly HostAndPort[]): Endpoint | undefined {
  const { host = "", port } = hosts[0] ?? {};
  const name = host.toLowerCase();
  return endpoints.find(
    (one) => one.service === service && one.host.test(name) && (one.port === undefined || one.port === port),
  );
}

export function recognizeProvider(service: ServiceName, uri: RecognizedParts): Recognition {
  const endpoint = findEndpoint(service, uri.hosts);
  const advice: string[] = [];
  const faults: UrlFault[] = [];
  if (endpoint?.tls === "required" && uri.encrypted === false) faults.push(noTls(endpoint));
  if (service === "postgresql") advice.push(...advisePostgres(uri, endpoint));
  else {
    advice.push(...(endpoint?.advice ?? []));
    if (faults.length === 0 && uri.encrypted === false && !uri.hosts.every(isPrivate))
      advice.push(unencrypted[service]);
  }
  if (service === "postgresql" && isLeashSocket(uri)) advice.push(leashSocket);
  else if (uri.hosts.some(isThisMachine)) advice.push(onThisMachine);
  return { provider: endpoint?.provider ?? null, title: endpoint?.title ?? null, advice, faults };
}

function advisePostgres({ hosts, user, parameters }: RecognizedParts, endpoint: Endpoint | undefined): string[] {
  const advice: string[] = [];
  if (endpoint && !tlsParameters.some((parameter) => parameters.has(parameter))) {
    advice.push("Add sslmode=require to the URL: without it some drivers connect unencrypted, or not at all.");
  }
  if (parameters.get("pgbouncer") !== "true") advice.push(...(endpoint?.advice ?? []));
  const name = hosts[0]?.host.toLowerCase() ?? "";
  if (name.endsWith(".pooler.supabase.com") && !user.includes(".") && !parameters.has("options")) {
    advice.push("Supabase's poolers find the project by the user's name: postgres.<project reference>.");
  }
  return advice;
}

export const isThisMachine = ({ host }: HostAndPort) => thisMachine.test(host.toLowerCase());

const isPrivate = ({ host }: HostAndPort) => [privateHost, thisMachine].some((one) => one.test(host.toLowerCase()));

/** The app's id is database and login role, and the host a folder. */
function isLeashSocket({ hosts, user, database }: RecognizedParts): boolean {
  return leashId.test(database) && user === database && hosts.every(({ host }) => host.startsWith("/"));
}

const onThisMachine = "Its host is this machine itself: the URL works for apps that run here, and for no others.";

const leashSocket =
  "It is the URL of an app's Leash database, over this machine's own socket: it changes with the password, which `DATABASE_URL` of that app itself follows.";

const unencrypted = {
  mongodb: "The password and the data travel unencrypted: add tls=true where the server speaks TLS.",
  redis: "The password and the data travel unencrypted: write rediss:// where the server speaks TLS.",
};

const noTlsHints: Readonly<Record<ServiceName, string>> = {
  postgresql: "Write sslmode=require.",
  mongodb: "Write tls=true in the part behind the ?.",
  redis: "Write rediss:// in place of redis://.",
};

function noTls({ service, title }: Endpoint): UrlFault {
  return {
    code: "url/no-tls",
    message: `${title.replace(/ \(.*/, "")} lets nobody in without TLS, and the URL asks for none.`,
    hint: noTlsHints[service],
  };
}
