import type { Row } from "./row";

export const rubyDrivers: readonly Row[] = [
  {
    id: "ruby-pg",
    service: "postgresql",
    verdict: "uses",
    packages: [
      "pg",
      "activerecord-postgis-adapter",
      "activerecord-postgres_enum",
      "sequel_pg",
      "do_postgres",
      "dm-postgres-adapter",
      "good_job",
      "que",
      "queue_classic",
      "pghero",
      "pg_search",
      "apartment",
      "ros-apartment",
      "fx",
      "logidze",
    ],
  },
  {
    id: "jdbc-postgres",
    service: "postgresql",
    verdict: "uses",
    packages: ["activerecord-jdbcpostgresql-adapter", "jdbc-postgres"],
    connection: { kind: "bridge" },
  },

  { id: "activerecord", decidedBy: "rails", packages: ["rails", "activerecord", "sinatra-activerecord"] },

  { id: "mongoid", service: "mongodb", verdict: "uses", packages: ["mongoid", "mongo_mapper"] },
  { id: "ruby-mongo", service: "mongodb", verdict: "uses", packages: ["mongo"] },

  {
    id: "ruby-redis",
    service: "redis",
    verdict: "uses",
    packages: ["redis", "redis-client", "redis-rails", "redis-store", "redis-actionpack", "hiredis", "hiredis-client"],
  },
  { id: "sidekiq", service: "redis", verdict: "uses", packages: ["sidekiq", "sidekiq-pro"] },
  { id: "resque", service: "redis", verdict: "uses", packages: ["resque"] },
];
