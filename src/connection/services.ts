/** A service that an app connects to by a URL. */
interface Service {
  /** The name as it is shown. */
  readonly title: string;
  /** The environment variable that its URL belongs in. */
  readonly variable: string;
  /** The URL schemes that mean this service, the preferred one first, without `://`. */
  readonly schemes: readonly [string, ...string[]];
}

export const services = {
  postgresql: { title: "PostgreSQL", variable: "DATABASE_URL", schemes: ["postgresql", "postgres"] },
  mongodb: { title: "MongoDB", variable: "MONGODB_URI", schemes: ["mongodb", "mongodb+srv"] },
  redis: { title: "Redis", variable: "REDIS_URL", schemes: ["redis", "rediss"] },
} as const satisfies Record<string, Service>;

export type ServiceName = keyof typeof services;

/** The service that a URL scheme means (`mongodb+srv` → `mongodb`), or undefined. */
export function serviceOfScheme(scheme: string): ServiceName | undefined {
  const names = Object.keys(services) as ServiceName[];
  return names.find((name) => (services[name].schemes as readonly string[]).includes(scheme));
}
