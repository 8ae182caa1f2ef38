import { type ServiceName, serviceOfVariable } from "./services";

/** Names that libraries and hosting platforms have for the same; they say for certain which service is meant. */
const otherNames: Readonly<Record<ServiceName, readonly string[]>> = {
  postgresql: [
    ...["POSTGRES_URL", "POSTGRES_URI", "POSTGRESQL_URL", "POSTGRESQL_URI", "POSTGRES_DATABASE_URL", "PG_URL"],
    ...["POSTGRES_PRISMA_URL", "POSTGRES_CONNECTION_STRING", "DATABASE_URI", "SUPABASE_DB_URL", "NEON_DATABASE_URL"],
  ],
  mongodb: [
    ...["MONGODB_URL", "MONGO_URI", "MONGO_URL", "MONGODB_CONNECTION_STRING", "MONGO_CONNECTION_STRING"],
    ...["MONGODB_ATLAS_URI", "ATLAS_URI", "ATLAS_URL", "MONGOHQ_URL", "MONGOLAB_URI", "MONGODB_DSN"],
  ],
  redis: [
    ...["REDIS_URI", "REDIS_TLS_URL", "KV_URL", "REDISCLOUD_URL", "REDIS_CLOUD_URL", "UPSTASH_REDIS_URL"],
    ...["REDISTOGO_URL", "REDISGREEN_URL", "OPENREDIS_URL", "STACKHERO_REDIS_URL_TLS", "REDIS_CONNECTION_STRING"],
  ],
};

/** The service that another name than its own variable's stands for. */
export function serviceOfOtherName(name: string): ServiceName | undefined {
  if (serviceOfVariable(name)) return undefined;
  const all = Object.keys(otherNames) as ServiceName[];
  return all.find((service) => otherNames[service].includes(name));
}
