import type { Row } from "./row";

export const phpDrivers: readonly Row[] = [
  {
    id: "pdo_pgsql",
    service: "postgresql",
    verdict: "uses",
    packages: ["ext-pdo_pgsql", "martin-georgiev/postgresql-for-doctrine", "tpetry/laravel-postgresql-enhanced"],
  },
  { id: "php-pgsql", service: "postgresql", verdict: "uses", packages: ["ext-pgsql", "pomm-project/foundation"] },
  {
    id: "amphp-postgres",
    service: "postgresql",
    verdict: "uses",
    packages: ["amphp/postgres", "voryx/pgasync"],
    connection: { kind: "bridge" },
  },
  { id: "laravel", decidedBy: "laravel", packages: ["laravel/framework", "laravel/lumen-framework"] },
  {
    id: "doctrine",
    decidedBy: "symfony",
    packages: ["doctrine/orm", "doctrine/dbal", "doctrine/doctrine-bundle", "symfony/orm-pack"],
  },

  {
    id: "php-mongodb",
    service: "mongodb",
    verdict: "uses",
    packages: [
      "ext-mongodb",
      "mongodb/mongodb",
      "mongodb/laravel-mongodb",
      "jenssegers/mongodb",
      "doctrine/mongodb-odm",
      "doctrine/mongodb-odm-bundle",
    ],
  },

  { id: "phpredis", service: "redis", verdict: "uses", packages: ["ext-redis", "snc/redis-bundle"] },
  { id: "predis", service: "redis", verdict: "uses", packages: ["predis/predis"] },
  { id: "horizon", service: "redis", verdict: "uses", packages: ["laravel/horizon"] },
];
