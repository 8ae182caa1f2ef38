import { foreignFault, schemeOf } from "./foreign-url";
import { readMongodbUrl } from "./mongodb-url";
import { readPostgresUrl } from "./parse-url";
import { unwrapPastedText } from "./pasted-text";
import { readRedisUrl } from "./redis-url";
import { type ServiceName, serviceOfScheme, serviceOfVariable, services } from "./services";
import { emptyUrl, longestUrl, tooLong, type UrlFault } from "./url-faults";
import type { UrlReading } from "./url-reading";
import { serviceOfOtherName } from "./variable-names";

export interface VariableFault {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

export interface VariableCheck {
  /** The service that the value is a URL of, or that the variable's name is for; null for any other variable. */
  service: ServiceName | null;
  /** "Supabase (transaction pooler)", "MongoDB Atlas", "Upstash"; null where nobody is recognized. */
  title: string | null;
  /** What keeps the value from working; each with its own sentence, all at once. Never a secret in it. */
  faults: VariableFault[];
  /** Whole sentences worth knowing before the app does; the value is stored all the same. */
  advice: string[];
}

/**
 * Checks what is about to be stored under a variable's name, whatever somebody pasted. A service's own variable holds its URL
 * or has a fault, but for what the app may well mean: `DATABASE_URL` is also what apps on SQLite or MySQL read theirs from.
 * Any other variable may hold anything, and what would be a fault is advice.
 */
export function checkVariable(name: string, value: string): VariableCheck {
  const own = serviceOfVariable(name);
  const meant = own ?? serviceOfOtherName(name);
  const found = serviceOfUrl(value);
  const service = found ?? meant;
  if (!service) return { service: null, title: null, faults: [], advice: [] };
  const reading = readServiceUrl(service, value);
  // The URL of another service: where it belongs is all that there is to say.
  const faults = meant && meant !== service ? [foreignFault(unwrapPastedText(value), meant)] : reading.faults;
  const { title } = reading;
  const [first] = faults;
  if (own && first?.advice) return { service: null, title: null, faults: [], advice: [first.advice] };
  if (own) return { service, title, faults, advice: faults === reading.faults ? reading.advice : [] };
  if (!found && value.trim() === "") return { service, title, faults: [], advice: [] };
  const said = faults.map(({ message, hint }) => `${message} ${hint}`);
  return { service, title, faults: [], advice: [...adviseName(name, meant), ...said, ...reading.advice] };
}

/**
 * The value as it is to be stored: without what was pasted along with a URL (quotes, `NAME=`, `psql '…'`, spaces), and under a
 * service's own variable in the form that every driver reads. Anything else stays as it is.
 */
export function normalizeVariable(name: string, value: string): string {
  if (value.length > longestUrl) return value;
  const own = serviceOfVariable(name);
  const isKnown = own !== undefined || serviceOfOtherName(name) !== undefined;
  if (!isKnown) return value;
  const text = unwrapPastedText(value);
  if (own === undefined) return serviceOfUrl(value) ? text : value;
  const { faults, url } = readServiceUrl(own, value);
  if (faults.length === 0) return url;
  return schemeOf(text) === undefined && !faults[0]?.advice ? value : text;
}

/** The service that a pasted text is a URL of, by its scheme. */
export function serviceOfUrl(value: string): ServiceName | undefined {
  if (value.length > longestUrl) return undefined;
  const scheme = schemeOf(unwrapPastedText(value));
  // `postgresql+asyncpg` is PostgreSQL too, `mongodb+srv` a scheme of its own.
  return scheme === undefined ? undefined : serviceOfScheme(scheme.replace(/^(postgres(?:ql)?)\+\w+$/, "$1"));
}

/** Reads the URL of one service, whatever is wrong with it. */
export function readServiceUrl(service: ServiceName, value: string): UrlReading {
  const nothing = (fault: UrlFault) => ({ url: value, title: null, faults: [fault], advice: [] });
  if (service === "postgresql") {
    const { parsed, faults } = readPostgresUrl(value);
    return { url: parsed?.url ?? value, title: parsed?.title ?? null, faults, advice: parsed?.advice ?? [] };
  }
  if (value.length > longestUrl) return nothing(tooLong);
  const text = unwrapPastedText(value);
  if (text === "") return nothing(emptyUrl(service));
  if (serviceOfUrl(text) !== service) return nothing(foreignFault(text, service));
  return service === "mongodb" ? readMongodbUrl(text) : readRedisUrl(text);
}

function adviseName(name: string, meant: ServiceName | undefined): string[] {
  if (!meant) return [];
  const { title, variable } = services[meant];
  return [
    `${name} is another name for ${title}'s URL: on Leash that is ${variable}, unless your app reads ${name} itself.`,
  ];
}
