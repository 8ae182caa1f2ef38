import type { Ecosystem } from "./ecosystem";

/** The other databases that apps of many databases bring a driver for; a `warehouse` is nobody's own database. */
export type Rival = "mysql" | "sqlite" | "sqlserver" | "oracle" | "h2" | "warehouse";

/**
 * Their drivers, by name as the ecosystem normalises it. What is often there for tests alone (`aiosqlite`) or for the data
 * of others (`pyodbc`) is left out: it says nothing of the app's own database.
 */
export const rivalTable: Partial<Readonly<Record<Ecosystem, Partial<Readonly<Record<Rival, readonly string[]>>>>>> = {
  node: {
    mysql: ["mysql", "mysql2", "mariadb"],
    sqlite: ["sqlite3", "better-sqlite3", "@louislam/sqlite3"],
    sqlserver: ["mssql", "tedious"],
    oracle: ["oracledb"],
    warehouse: ["snowflake-sdk", "snowflake-promise", "@google-cloud/bigquery", "arangojs"],
  },
  python: {
    mysql: ["mysqlclient", "pymysql", "aiomysql", "asyncmy", "mysql-connector-python", "mysql-python"],
    // Whoever reads these reads the data of others.
    warehouse: [
      ...["cx-oracle", "oracledb", "pymssql", "snowflake-connector-python", "pyhive", "clickhouse-connect"],
      "google-cloud-bigquery",
    ],
  },
  go: {
    mysql: ["github.com/go-sql-driver/mysql", "gorm.io/driver/mysql"],
    sqlite: [
      "github.com/mattn/go-sqlite3",
      "modernc.org/sqlite",
      "github.com/glebarez/sqlite",
      "github.com/glebarez/go-sqlite",
      "github.com/ncruces/go-sqlite3",
      "gorm.io/driver/sqlite",
    ],
    sqlserver: ["github.com/denisenkom/go-mssqldb", "github.com/microsoft/go-mssqldb", "gorm.io/driver/sqlserver"],
  },
  ruby: { mysql: ["mysql2", "trilogy"], sqlite: ["sqlite3"] },
  php: { mysql: ["ext-pdo_mysql", "ext-mysqli"], sqlite: ["ext-pdo_sqlite", "ext-sqlite3"] },
  jvm: {
    mysql: [
      "com.mysql:mysql-connector-j",
      "mysql:mysql-connector-java",
      "org.mariadb.jdbc:mariadb-java-client",
      "org.mariadb:r2dbc-mariadb",
      "io.quarkus:quarkus-jdbc-mysql",
      "io.quarkus:quarkus-jdbc-mariadb",
      "org.flywaydb:flyway-mysql",
    ],
    h2: ["com.h2database:h2", "io.r2dbc:r2dbc-h2", "org.hsqldb:hsqldb", "io.quarkus:quarkus-jdbc-h2"],
    sqlite: ["org.xerial:sqlite-jdbc"],
    sqlserver: ["com.microsoft.sqlserver:mssql-jdbc", "org.flywaydb:flyway-sqlserver"],
    oracle: ["com.oracle.database.jdbc:ojdbc8", "com.oracle.database.jdbc:ojdbc11"],
  },
  dotnet: {
    mysql: [
      "pomelo.entityframeworkcore.mysql",
      "mysql.entityframeworkcore",
      "mysqlconnector",
      "fluentmigrator.runner.mysql",
      "dbup-mysql",
    ],
    sqlite: ["microsoft.entityframeworkcore.sqlite", "fluentmigrator.runner.sqlite"],
    sqlserver: ["microsoft.entityframeworkcore.sqlserver", "fluentmigrator.runner.sqlserver", "dbup-sqlserver"],
  },
  rust: {
    mysql: ["sqlx[mysql]", "diesel[mysql]", "sea-orm[sqlx-mysql]"],
    sqlite: ["sqlx[sqlite]", "diesel[sqlite]", "sea-orm[sqlx-sqlite]", "rusqlite"],
  },
  elixir: { mysql: ["myxql"], sqlite: ["ecto_sqlite3"], sqlserver: ["tds"] },
};
