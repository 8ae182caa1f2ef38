import type { Row } from "./row";

/** JDBC's driver knows no unix sockets without a factory of its own. */
const bridge = { kind: "bridge" } as const;

export const jvmDrivers: readonly Row[] = [
  {
    id: "pgjdbc",
    service: "postgresql",
    verdict: "uses",
    packages: [
      "org.postgresql:postgresql",
      "io.quarkus:quarkus-jdbc-postgresql",
      "org.tpolecat:doobie-postgres",
      "org.typelevel:doobie-postgres",
      "com.github.tminglei:slick-pg",
      "org.flywaydb:flyway-database-postgresql",
      "net.postgis:postgis-jdbc",
      "net.postgis:postgis-geometry",
      "software.amazon.jdbc:aws-advanced-jdbc-wrapper-postgresql",
    ],
    connection: bridge,
  },
  {
    id: "pgjdbc-ng",
    service: "postgresql",
    verdict: "uses",
    packages: ["com.impossibl.pgjdbc-ng:pgjdbc-ng", "com.impossibl.pgjdbc-ng:pgjdbc-ng-all"],
    connection: bridge,
  },
  {
    id: "r2dbc-postgresql",
    service: "postgresql",
    verdict: "uses",
    packages: ["org.postgresql:r2dbc-postgresql", "io.r2dbc:r2dbc-postgresql"],
    connection: bridge,
  },
  {
    id: "vertx-pg",
    service: "postgresql",
    verdict: "uses",
    packages: [
      "io.vertx:vertx-pg-client",
      "io.reactiverse:reactive-pg-client",
      "io.quarkus:quarkus-reactive-pg-client",
      "io.smallrye.reactive:smallrye-mutiny-vertx-pg-client",
      "io.micronaut.sql:micronaut-vertx-pg-client",
    ],
    connection: bridge,
  },
  { id: "skunk", service: "postgresql", verdict: "uses", packages: ["org.tpolecat:skunk-core"], connection: bridge },
  {
    id: "jasync-postgresql",
    service: "postgresql",
    verdict: "uses",
    packages: [
      "com.github.jasync-sql:jasync-postgresql",
      "com.github.jasync-sql:jasync-r2dbc-postgresql",
      "com.github.mauricio:postgresql-async",
      "io.getquill:quill-jasync-postgres",
    ],
    connection: bridge,
  },

  {
    id: "spring-data",
    decidedBy: "spring",
    packages: [
      "org.springframework.boot:spring-boot-starter-data-jpa",
      "org.springframework.boot:spring-boot-starter-jdbc",
    ],
  },

  {
    id: "mongodb-jvm",
    service: "mongodb",
    verdict: "uses",
    packages: [
      "org.mongodb:mongodb-driver-sync",
      "org.mongodb:mongodb-driver-reactivestreams",
      "org.mongodb:mongodb-driver-kotlin-coroutine",
      "org.mongodb:mongodb-driver-kotlin-sync",
      "org.mongodb:mongo-java-driver",
      "org.mongodb.scala:mongo-scala-driver",
      "org.litote.kmongo:kmongo",
      "org.reactivemongo:reactivemongo",
      "org.springframework.boot:spring-boot-starter-data-mongodb",
      "org.springframework.boot:spring-boot-starter-data-mongodb-reactive",
      "org.springframework.data:spring-data-mongodb",
      "io.quarkus:quarkus-mongodb-client",
      "io.quarkus:quarkus-mongodb-panache",
      "io.quarkus:quarkus-mongodb-panache-kotlin",
      "io.micronaut.mongodb:micronaut-mongo-sync",
      "io.micronaut.mongodb:micronaut-mongo-reactive",
      "io.vertx:vertx-mongo-client",
      "dev.morphia.morphia:morphia-core",
    ],
  },

  {
    id: "redis-jvm",
    service: "redis",
    verdict: "uses",
    packages: [
      "redis.clients:jedis",
      "io.lettuce:lettuce-core",
      "org.redisson:redisson",
      "org.redisson:redisson-spring-boot-starter",
      "org.springframework.boot:spring-boot-starter-data-redis",
      "org.springframework.boot:spring-boot-starter-data-redis-reactive",
      "org.springframework.data:spring-data-redis",
      "org.springframework.session:spring-session-data-redis",
      "io.quarkus:quarkus-redis-client",
      "io.micronaut.redis:micronaut-redis-lettuce",
      "io.vertx:vertx-redis-client",
      "dev.profunktor:redis4cats-effects",
      "net.debasishg:redisclient",
    ],
  },
];
