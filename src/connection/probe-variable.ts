import { loadBundle } from "../bundles";
import { LeashError } from "../errors";
import { readServiceUrl, serviceOfUrl } from "./check-variable";
import { describeClientError } from "./client-error";
import type { ClientProbe } from "./clients/probe";
import { withTimeout } from "./connect";
import { probeUrl } from "./probe";
import { type ServiceName, services } from "./services";
import { faultsError } from "./url-faults";

export interface VariableProbe {
  service: ServiceName;
  /** "PostgreSQL 16.4", "MongoDB 7.0.5", "Redis 7.2"; the name alone where the server keeps its version to itself. */
  says: string;
  /** Whether the connection was encrypted. */
  tls: boolean;
}

const defaultTimeoutMs = 10_000;

/**
 * Connects to what a URL names (PostgreSQL, MongoDB or Redis), as an app would, and leaves.
 * @throws LeashError `url/unreachable`, `url/refused-login`, `url/no-database`, `url/too-many-connections`, `url/timeout`,
 * `url/tls`, `url/server-error`, `url/no-client`, and the faults of `checkVariable`; no secret is in any of its parts
 */
export async function probeVariable(
  value: string,
  { timeoutMs = defaultTimeoutMs }: { timeoutMs?: number } = {},
): Promise<VariableProbe> {
  const service = serviceOfUrl(value) ?? "postgresql";
  if (service === "postgresql") {
    const { serverVersion, tls } = await probeUrl(value, { timeoutMs });
    return { service, says: `${services.postgresql.title} ${serverVersion}`, tls };
  }
  const { url, faults } = readServiceUrl(service, value);
  if (faults.length > 0) throw faultsError(service, faults);
  const client = loadClient(service);
  const attempt = new AbortController();
  try {
    return { service, ...(await withTimeout(client.probe(url, timeoutMs, attempt.signal), timeoutMs)) };
  } catch (error) {
    throw describeClientError(error, { service, url, timeoutMs });
  } finally {
    attempt.abort();
  }
}

function loadClient(service: "mongodb" | "redis"): { probe: ClientProbe } {
  const client = loadBundle<{ probe: ClientProbe }>(`connection/${service}.js`);
  if (client) return client;
  throw new LeashError(
    "url/no-client",
    `The part of leash that speaks with ${services[service].title} is not in this package.`,
    {
      hint: "Install leash-databases again, or run `npm run build` in its repository.",
    },
  );
}
