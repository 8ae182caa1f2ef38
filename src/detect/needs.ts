import { ecosystemOf } from "./ecosystem";
import type { ManifestReading } from "./manifests/manifest";
import { dependenciesNamed } from "./manifests/named";
import { evidenceAt } from "./place";
import type { Need } from "./types";

/** Packages by which an app shows that it will ask its database for an extension of PostgreSQL's. */
const packages: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  vector: {
    node: ["pgvector", "@langchain/pgvector", "@payloadcms/db-vector"],
    python: ["pgvector", "langchain-postgres", "llama-index-vector-stores-postgres", "vecs"],
    go: ["github.com/pgvector/pgvector-go"],
    ruby: ["neighbor", "pgvector"],
    php: ["pgvector/pgvector"],
    jvm: [
      "com.pgvector:pgvector",
      "org.springframework.ai:spring-ai-starter-vector-store-pgvector",
      "dev.langchain4j:langchain4j-pgvector",
    ],
    dotnet: ["pgvector", "pgvector.entityframeworkcore"],
    rust: ["pgvector"],
    elixir: ["pgvector"],
  },
  postgis: {
    node: ["@mikro-orm/postgis", "sequelize-postgis"],
    python: ["geoalchemy2", "djangorestframework-gis", "django-leaflet"],
    go: ["github.com/cridenour/go-postgis"],
    ruby: ["activerecord-postgis-adapter", "rgeo-activerecord"],
    php: ["matanyadaev/laravel-eloquent-spatial", "clickbar/laravel-magellan", "jsor/doctrine-postgis"],
    jvm: ["org.hibernate.orm:hibernate-spatial", "org.hibernate:hibernate-spatial", "net.postgis:postgis-jdbc"],
    dotnet: ["npgsql.entityframeworkcore.postgresql.nettopologysuite", "npgsql.nettopologysuite"],
    rust: ["geozero[with-postgis-diesel]", "postgis_diesel", "postgis-diesel"],
    elixir: ["geo_postgis"],
  },
  timescaledb: {
    python: ["django-timescaledb"],
    ruby: ["timescaledb"],
    node: ["@timescaledb/core", "@timescaledb/typeorm"],
  },
  pg_trgm: { ruby: ["pg_search"] },
};

/** The extensions that the app will want, by the packages that it installs where it runs. */
export function findNeeds(readings: readonly ManifestReading[]): Need[] {
  return Object.entries(packages).flatMap(([extension, byEcosystem]) => {
    const found = readings.flatMap((reading) => {
      const names = byEcosystem[ecosystemOf(reading.language)] ?? [];
      const named = names.flatMap((name) => dependenciesNamed(reading, name));
      return named.filter(({ scope }) => scope !== "development");
    });
    const [first] = found;
    return first ? [{ extension, evidence: evidenceAt(first.place, `extension ${extension}`) }] : [];
  });
}
