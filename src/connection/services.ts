/** A service that an app connects to by a URL. */
interface Service {
  /** The name as it is shown. */
  readonly title: string;
  /** The environment variable that its URL belongs in. */
  readonly variable: string;
  /** The URL schemes that mean this service, the preferred one first, without `://`. */
  readonly schemes: readonly [string, ...string[]];
  /** How a whole URL reads. */
  readonly example: string;
}

export const services = {
  postgresql: {
    title: "PostgreSQL",
    variable: "DATABASE_URL",
    schemes: ["postgresql", "postgres"],
    example: "postgresql://USER:PASSWORD@HOST:5432/DATABASE",
  },
  mongodb: {
    title: "MongoDB",
    variable: "MONGODB_URI",
    schemes: ["mongodb", "mongodb+srv"],
    example: "mongodb+srv://USER:PASSWORD@HOST/DATABASE",
  },
  redis: {
    title: "Redis",
    variable: "REDIS_URL",
    schemes: ["redis", "rediss"],
    example: "rediss://default:PASSWORD@HOST:6379",
  },
} as const satisfies Record<string, Service>;

export type ServiceName = keyof typeof services;

/** The service whose own variable this is, or undefined. */
export function serviceOfVariable(variable: string): ServiceName | undefined {
  const names = Object.keys(services) as ServiceName[];
  return names.find((name) => services[name].variable === variable);
}

/** The service that a URL scheme means (`mongodb+srv` → `mongodb`), or undefined. */
export function serviceOfScheme(scheme: string): ServiceName | undefined {
  const names = Object.keys(services) as ServiceName[];
  return names.find((name) => (services[name].schemes as readonly string[]).includes(scheme));
}
