import type { Row } from "./row";

/** What Clojure has beside the drivers that all of the JVM shares. */
export const clojureDrivers: readonly Row[] = [
  {
    id: "pg2",
    service: "postgresql",
    verdict: "uses",
    packages: [
      "com.github.igrishaev:pg2-core",
      "com.github.igrishaev:pg2-honey",
      "com.github.igrishaev:pg2-hugsql",
      "com.github.igrishaev:pg2-component",
      "com.github.igrishaev:pg2-migration",
    ],
  },
  {
    // They bring JDBC's driver along.
    id: "clj-postgresql",
    service: "postgresql",
    verdict: "uses",
    packages: ["clj-postgresql:clj-postgresql", "alaisi:postgres.async"],
    connection: { kind: "bridge" },
  },

  {
    id: "monger",
    service: "mongodb",
    verdict: "uses",
    packages: ["com.novemberain:monger", "congomongo:congomongo", "mongo-driver-3:mongo-driver-3"],
  },

  {
    id: "carmine",
    service: "redis",
    verdict: "uses",
    packages: ["com.taoensso:carmine", "clj-redis:clj-redis"],
  },
];
