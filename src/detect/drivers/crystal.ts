import type { Row } from "./row";

export const crystalDrivers: readonly Row[] = [
  {
    id: "crystal-pg",
    service: "postgresql",
    verdict: "uses",
    // Lucky's Avram, Clear and the others speak to PostgreSQL alone.
    packages: ["pg", "avram", "clear", "pg-orm", "interro"],
  },

  {
    id: "mongo-crystal",
    service: "mongodb",
    verdict: "uses",
    packages: ["mongo", "cryomongo", "moongoon", "mongo_orm"],
  },

  {
    id: "crystal-redis",
    service: "redis",
    verdict: "uses",
    packages: ["redis", "redis-cluster", "mosquito", "sidekiq", "kemal-session-redis"],
  },
];
