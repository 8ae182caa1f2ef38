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
      "github.com/cockroachdb/cockroach-go",
      "github.com/gofiber/storage/postgres",
      "gorm.io/driver/postgres",
      // Packages of modules that have one for each database: the app's imports say which.
      "github.com/golang-migrate/migrate/database/pgx",
      "github.com/upper/db/adapter/postgresql",
      "github.com/gogf/gf/contrib/drivers/pgsql",
    ],
    connection: socket("query", "localhost", "encoded", "hostless", "environment"),
  },
  {
    id: "lib/pq",
    service: "postgresql",
    verdict: "uses",
    packages: [
      "github.com/lib/pq",
      "github.com/golang-migrate/migrate/database/postgres",
      "github.com/jinzhu/gorm/dialects/postgres",
      "github.com/go-rel/postgres",
      "upper.io/db/postgresql",
    ],
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
    packages: [
      "go.mongodb.org/mongo-driver",
      "github.com/kamva/mgm",
      "github.com/qiniu/qmgo",
      "github.com/gofiber/storage/mongodb",
      "github.com/golang-migrate/migrate/database/mongodb",
      "github.com/upper/db/adapter/mongo",
    ],
  },
  { id: "mgo", service: "mongodb", verdict: "uses", packages: ["gopkg.in/mgo", "github.com/globalsign/mgo"] },

  {
    id: "go-redis",
    service: "redis",
    verdict: "uses",
    packages: [
      "github.com/redis/go-redis",
      "github.com/go-redis/redis",
      "gopkg.in/redis",
      "github.com/hibiken/asynq",
      "github.com/gofiber/storage/redis",
      "github.com/go-redis/cache",
      "github.com/go-redis/redis_rate",
      "github.com/bsm/redislock",
      "github.com/eko/gocache/store/redis",
    ],
  },
  {
    id: "redigo",
    service: "redis",
    verdict: "uses",
    packages: [
      "github.com/gomodule/redigo",
      "github.com/garyburd/redigo",
      "github.com/boj/redistore",
      "github.com/gocraft/work",
      "github.com/gin-contrib/sessions/redis",
    ],
  },
  {
    id: "rueidis",
    service: "redis",
    verdict: "uses",
    packages: ["github.com/redis/rueidis", "github.com/valkey-io/valkey-go", "github.com/valkey-io/valkey-glide/go"],
  },
  {
    id: "radix",
    service: "redis",
    verdict: "uses",
    packages: ["github.com/mediocregopher/radix", "github.com/mediocregopher/radix.v2", "github.com/fzzy/radix"],
  },
];
