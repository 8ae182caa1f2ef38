import type { Row } from "./row";

export const dartDrivers: readonly Row[] = [
  {
    id: "postgres-dart",
    service: "postgresql",
    verdict: "uses",
    packages: [
      "postgres",
      "postgres_pool",
      "postgresql2",
      "drift_postgres",
      "stormberry",
      "orm_postgres",
      "conduit_postgresql",
      "angel3_orm_postgres",
      "angel_orm_postgres",
      "aqueduct",
      "jaguar_query_postgres",
    ],
  },
  {
    // It keeps everything in PostgreSQL; its Redis is an option that is off unless its config turns it on.
    id: "serverpod",
    service: "postgresql",
    verdict: "uses",
    packages: ["serverpod"],
  },

  {
    id: "mongo_dart",
    service: "mongodb",
    verdict: "uses",
    packages: ["mongo_dart", "mongo_pool", "mongo_go", "angel3_mongo", "angel_mongo", "jaguar_mongo"],
  },

  {
    id: "redis-dart",
    service: "redis",
    verdict: "uses",
    packages: ["redis", "resp_client", "dartis", "shorebird_redis_client", "angel3_redis", "ioredis"],
  },
];
