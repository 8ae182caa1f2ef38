import { type Row, socket } from "./row";

/** The forms were measured; see the table of drivers in the docs. */
export const goDrivers: readonly Row[] = [
  {
    id: "pgx",
    service: "postgresql",
    verdict: "uses",
    packages: [
      "github.com/jackc/pgx",
      "github.com/jackc/pgconn",
      "github.com/riverqueue/river/riverdriver/riverpgxv5",
      "gorm.io/driver/postgres",
    ],
    connection: socket("query", "localhost", "encoded", "hostless", "environment"),
  },
  {
    id: "lib/pq",
    service: "postgresql",
    verdict: "uses",
    packages: ["github.com/lib/pq"],
    connection: socket("query", "hostless", "environment"),
  },
  {
    id: "go-pg",
    service: "postgresql",
    verdict: "uses",
    packages: ["github.com/go-pg/pg", "gopkg.in/pg"],
    connection: { kind: "bridge" },
  },
  {
    id: "pgdriver",
    service: "postgresql",
    verdict: "uses",
    packages: ["github.com/uptrace/bun/driver/pgdriver"],
    connection: { kind: "bridge" },
  },
  // The dialect alone: bun's driver for it may be pgx or lib/pq as well.
  { id: "bun", service: "postgresql", verdict: "uses", packages: ["github.com/uptrace/bun/dialect/pgdialect"] },

  {
    id: "mongo-driver",
    service: "mongodb",
    verdict: "uses",
    packages: ["go.mongodb.org/mongo-driver", "github.com/kamva/mgm", "github.com/qiniu/qmgo"],
  },
  { id: "mgo", service: "mongodb", verdict: "uses", packages: ["gopkg.in/mgo", "github.com/globalsign/mgo"] },

  {
    id: "go-redis",
    service: "redis",
    verdict: "uses",
    packages: ["github.com/redis/go-redis", "github.com/go-redis/redis", "gopkg.in/redis", "github.com/hibiken/asynq"],
  },
  {
    id: "redigo",
    service: "redis",
    verdict: "uses",
    packages: ["github.com/gomodule/redigo", "github.com/garyburd/redigo"],
  },
  { id: "rueidis", service: "redis", verdict: "uses", packages: ["github.com/redis/rueidis"] },
  { id: "radix", service: "redis", verdict: "uses", packages: ["github.com/mediocregopher/radix"] },
];
