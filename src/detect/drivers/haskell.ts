import type { Row } from "./row";

/** All but IHP's go through libpq; nothing was measured. */
export const haskellDrivers: readonly Row[] = [
  {
    id: "postgresql-simple",
    service: "postgresql",
    verdict: "uses",
    packages: [
      "postgresql-simple",
      "postgresql-simple-migration",
      "postgresql-simple-url",
      "pg-transact",
      "beam-postgres",
      "opaleye",
      "groundhog-postgresql",
      "selda-postgresql",
      "orville-postgresql",
      "snaplet-postgresql-simple",
    ],
  },
  {
    id: "hasql",
    service: "postgresql",
    verdict: "uses",
    packages: [
      "hasql",
      "hasql-pool",
      "hasql-transaction",
      "hasql-th",
      "hasql-migration",
      "hasql-notifications",
      "rel8",
    ],
  },
  { id: "persistent-postgresql", service: "postgresql", verdict: "uses", packages: ["persistent-postgresql"] },
  {
    id: "postgresql-libpq",
    service: "postgresql",
    verdict: "uses",
    packages: ["postgresql-libpq", "squeal-postgresql", "postgresql-pure", "postgresql-query", "HDBC-postgresql"],
  },
  { id: "postgresql-typed", service: "postgresql", verdict: "uses", packages: ["postgresql-typed"] },
  { id: "ihp", service: "postgresql", verdict: "uses", packages: ["ihp"] },

  { id: "mongodb-haskell", service: "mongodb", verdict: "uses", packages: ["mongoDB", "persistent-mongoDB"] },

  { id: "hedis", service: "redis", verdict: "uses", packages: ["hedis", "persistent-redis", "snaplet-redis"] },
];
