import type { Row } from "./row";

export const elixirDrivers: readonly Row[] = [
  {
    id: "postgrex",
    service: "postgresql",
    verdict: "uses",
    packages: ["postgrex", "eventstore", "pgoutput_decoder", "walex", "geo_postgis", "ash_postgres", "triplex"],
  },
  { id: "ecto", decidedBy: "ecto", packages: ["ecto_sql", "phoenix_ecto"] },
  { id: "epgsql", service: "postgresql", verdict: "uses", packages: ["epgsql", "pgo"], connection: { kind: "bridge" } },

  {
    id: "mongodb-elixir",
    service: "mongodb",
    verdict: "uses",
    packages: ["mongodb_driver", "mongodb", "mongodb_ecto"],
  },

  {
    id: "redix",
    service: "redis",
    verdict: "uses",
    packages: [
      "redix",
      "redix_pubsub",
      "phoenix_pubsub_redis",
      "exq",
      "eredis",
      "verk",
      "nebulex_redis_adapter",
      "hammer_backend_redis",
      "eredis_cluster",
      "exredis",
    ],
  },
];
