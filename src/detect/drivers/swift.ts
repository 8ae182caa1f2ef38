import type { Row } from "./row";

/** Packages by the last segment of their address, which is how Swift's package manager tells them apart. */
export const swiftDrivers: readonly Row[] = [
  {
    id: "postgres-nio",
    service: "postgresql",
    verdict: "uses",
    packages: [
      "postgres-nio",
      "postgres-kit",
      "fluent-postgres-driver",
      "fluent-postgresql",
      "hummingbird-postgres",
      "swift-jobs-postgres",
      "postgres-migrations",
    ],
  },
  { id: "postgresclientkit", service: "postgresql", verdict: "uses", packages: ["postgresclientkit"] },
  {
    id: "swift-libpq",
    service: "postgresql",
    verdict: "uses",
    packages: ["swift-kuery-postgresql", "perfect-postgresql", "postgresql", "postgresql-provider"],
  },

  {
    id: "mongokitten",
    service: "mongodb",
    verdict: "uses",
    packages: ["mongokitten", "fluent-mongo-driver", "swift-mongodb"],
  },
  {
    id: "mongo-swift-driver",
    service: "mongodb",
    verdict: "uses",
    packages: ["mongo-swift-driver", "mongodb-vapor", "perfect-mongodb"],
  },

  {
    id: "redistack",
    service: "redis",
    verdict: "uses",
    packages: [
      "redistack",
      "redis",
      "queues-redis-driver",
      "hummingbird-redis",
      "swift-jobs-redis",
      "valkey-swift",
      "swift-jobs-valkey",
      "kitura-redis",
      "perfect-redis",
    ],
  },
];
