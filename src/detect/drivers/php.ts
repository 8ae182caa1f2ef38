import type { Row } from "./row";

export const phpDrivers: readonly Row[] = [
  {
    id: "pdo_pgsql",
    service: "postgresql",
    verdict: "uses",
    packages: [
      "ext-pdo_pgsql",
      "martin-georgiev/postgresql-for-doctrine",
      "tpetry/laravel-postgresql-enhanced",
      "jsor/doctrine-postgis",
      "opsway/doctrine-dbal-postgresql",
      "umbrellio/laravel-pg-extensions",
    ],
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
    id: "php-config",
    decidedBy: "php",
    packages: [
      "yiisoft/yii2",
      "codeigniter4/framework",
      "codeigniter/framework",
      "cakephp/cakephp",
      "robmorgan/phinx",
      "illuminate/database",
      "catfan/medoo",
      "laminas/laminas-db",
      "cycle/orm",
    ],
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
      "yiisoft/yii2-mongodb",
      "alcaeus/mongo-php-adapter",
    ],
  },

  { id: "phpredis", service: "redis", verdict: "uses", packages: ["ext-redis", "snc/redis-bundle"] },
  {
    id: "predis",
    service: "redis",
    verdict: "uses",
    packages: [
      "predis/predis",
      "yiisoft/yii2-redis",
      "symfony/redis-messenger",
      "colinmollenhour/credis",
      "amphp/redis",
    ],
  },
  { id: "horizon", service: "redis", verdict: "uses", packages: ["laravel/horizon"] },
];
