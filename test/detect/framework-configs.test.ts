// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are those of the configs

import { describe, expect, it } from "vitest";
import { serviceOf } from "./support";

/** The verdict on PostgreSQL, with the line that says so and the variables; undefined for no service. */
function said(files: Record<string, string>, service: "postgresql" | "redis" | "mongodb" = "postgresql") {
  const found = serviceOf(files, service);
  if (found === undefined) return undefined;
  const { verdict, evidence, reads } = found;
  const lines = evidence.map(({ file, line }) => `${file}:${line}`);
  return { verdict, lines, reads: Object.fromEntries(reads.map(({ name, part }) => [name, part])) };
}

describe("Django's settings", () => {
  const manage = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n';
  const app = (settings: string, requirements = "Django==5\n") => ({
    "manage.py": manage,
    "requirements.txt": requirements,
    "shop/settings.py": settings,
  });
  const engine = (name: string) =>
    `DATABASES = {\n    "default": {\n        "ENGINE": "django.db.backends.${name}",\n        "NAME": os.environ["DB_NAME"],\n        'HOST': os.getenv('DB_HOST', 'localhost'),\n        "PASSWORD": env.str("DB_PASSWORD"),\n        "USER": "app",\n    }\n}\n`;

  it("say by their engine which database it is, and which variables it reads", () => {
    expect(said(app(engine("postgresql")))).toEqual({
      ...{ verdict: "uses", lines: ["shop/settings.py:3"] },
      reads: { DATABASE_URL: "url", DB_NAME: "database", DB_HOST: "host", DB_PASSWORD: "password" },
    });
    expect(said(app(engine("sqlite3")))).toBeUndefined();
    expect(said(app(engine("mysql")))).toBeUndefined();
    expect(said(app(engine("sqlite3"), "django\npsycopg2"))?.verdict).toBe("maybe");
    expect(said(app(engine("postgresql"), "flask"))).toBeUndefined();
  });

  it("leave what is computed to the driver", () => {
    const computed = `${engine("sqlite3")}DATABASES["default"] = dj_database_url.config(default="x")\n`;
    expect(said(app(computed, "django\npsycopg2"))).toMatchObject({ verdict: "uses", lines: ["requirements.txt:2"] });
    expect(said(app('DATABASES = {"default": {"ENGINE": os.environ["E"]}}', "django"))).toBeUndefined();
    expect(said(app(`# ${engine("postgresql").replaceAll("\n", "\n# ")}`))).toBeUndefined();
    expect(said(app(`"""\n${engine("postgresql")}"""\n`.replaceAll('"default"', "'default'")))).toBeUndefined();
  });

  it("are those of production, where there are several", () => {
    const local = manage.replace("shop.settings", "config.settings.local");
    const files = { "manage.py": local, "requirements.txt": "django", "config/settings/local.py": engine("sqlite3") };
    expect(said({ ...files, "config/settings/production.py": engine("postgresql") })?.verdict).toBe("uses");
    expect(said({ ...files, "config/settings/base.py": engine("postgresql") })?.verdict).toBe("uses");
    expect(said(files)).toBeUndefined();
  });
});

describe("Rails' database.yml", () => {
  const app = (yml: string, gems = 'gem "rails"\n') => ({ Gemfile: gems, "config/database.yml": yml });
  const yml = (adapter: string, more = "") =>
    `# PostgreSQL\ndefault: &default\n  adapter: ${adapter}\n  pool: <%= ENV.fetch("RAILS_MAX_THREADS") { 5 } %>\n\ndevelopment:\n  <<: *default\n  database: dev\n\nproduction:\n  <<: *default\n  host: <%= ENV["PG_HOST"] %>\n${more}`;

  it("says by production's adapter which database it is", () => {
    expect(said(app(yml("postgresql")))).toEqual({
      ...{ verdict: "uses", lines: ["config/database.yml:3"], reads: { DATABASE_URL: "url", PG_HOST: "host" } },
    });
    expect(said(app(yml("sqlite3")))).toBeUndefined();
    expect(said(app(yml("sqlite3"), 'gem "rails"\ngem "pg"\n'))?.verdict).toBe("maybe");
    expect(said(app(yml("sqlite3", "  adapter: postgis\n")))?.verdict).toBe("uses");
    expect(
      said(app("production:\n  primary:\n    adapter: postgresql\n  cache:\n    adapter: sqlite3\n"))?.verdict,
    ).toBe("uses");
    expect(said(app(yml("postgresql"), 'gem "sinatra"\n'))).toBeUndefined();
  });

  it("leaves what Ruby computes to the gem", () => {
    const gems = 'gem "rails"\ngem "pg"\n';
    expect(said(app(yml('<%= ENV["ADAPTER"] %>'), gems))?.lines).toEqual(["Gemfile:2"]);
    expect(said(app(yml("sqlite3", '  url: <%= ENV["DATABASE_URL"] %>\n'), gems))?.verdict).toBe("uses");
    expect(said(app("<% if x %>\nproduction:\n  <%= y %>\n  adapter: [\n", gems))?.verdict).toBe("uses");
  });
});

describe("Laravel's environment", () => {
  const composer = JSON.stringify({ require: { "laravel/framework": "^12" } });
  const app = (example: string) => ({ "composer.json": composer, ".env.example": example });

  it("says which database it is, and what for Redis is used", () => {
    expect(said(app("DB_CONNECTION=pgsql\nDB_HOST=127.0.0.1\n"))).toMatchObject({
      ...{ verdict: "uses", lines: [".env.example:1"] },
      reads: { DB_URL: "url", DB_HOST: "host", DB_PASSWORD: "password" },
    });
    for (const other of ["mysql", "sqlite", "mariadb"])
      expect(said(app(`DB_CONNECTION=${other}\nDB_HOST=x\n`))).toBeUndefined();
    expect(said(app("# DB_CONNECTION=pgsql\n"))).toBeUndefined();
    expect(said(app("DB_CONNECTION=mysql\nCACHE_STORE=redis\n"), "redis")?.verdict).toBe("uses");
    expect(said(app("REDIS_HOST=127.0.0.1\nCACHE_STORE=database\n"), "redis")).toBeUndefined();
  });

  it("is in its config where there is no example", () => {
    const config = (name: string) => ({
      "composer.json": composer,
      "config/database.php": `<?php return ['default' => env('DB_CONNECTION', '${name}'),`,
    });
    expect(said(config("pgsql"))?.lines).toEqual(["config/database.php:1"]);
    expect(said(config("sqlite"))).toBeUndefined();
  });
});

describe("Doctrine's URL in Symfony", () => {
  const app = (env: string, require = { "doctrine/orm": "3" } as Record<string, string>) => ({
    "composer.json": JSON.stringify({ require }),
    ".env": env,
  });

  it("says which database it is", () => {
    expect(
      said(app('# DATABASE_URL="mysql://a"\nDATABASE_URL="postgresql://a:b@c:5432/d?serverVersion=16"\n'))?.lines,
    ).toEqual([".env:2"]);
    expect(said(app('DATABASE_URL="mysql://a"\n'))).toBeUndefined();
    expect(said(app('DATABASE_URL="sqlite:///%kernel.project_dir%/var/data.db"\n'))).toBeUndefined();
    expect(said(app('DATABASE_URL="postgresql://a"\n', { "symfony/console": "7" }))).toBeUndefined();
  });
});

describe("the JVM's application settings", () => {
  const build = {
    "build.gradle": "dependencies { implementation 'org.springframework.boot:spring-boot-starter-data-jpa' }",
  };
  const properties = (text: string) => ({ ...build, "src/main/resources/application.properties": text });
  const yml = (text: string, name = "application.yml") => ({ ...build, [`src/main/resources/${name}`]: text });

  it.each([
    ["spring.datasource.url=jdbc:postgresql://localhost:5432/a\n", {}],
    ["spring.datasource.url = ${JDBC_DATABASE_URL:jdbc:postgresql://h/a}\n", { JDBC_DATABASE_URL: "jdbc" }],
    [
      "spring.datasource.url: jdbc:postgresql://${DB_HOST:localhost}:${DB_PORT:5432}/${DB_NAME}\nspring.datasource.username=${DB_USER}\n",
      { DB_HOST: "host", DB_PORT: "port", DB_NAME: "database", DB_USER: "user" },
    ],
    ["quarkus.datasource.db-kind=postgresql\n", {}],
  ])("say by %j that it is PostgreSQL", (text, reads) => {
    expect(said(properties(text))).toMatchObject({ verdict: "uses", reads: { DATABASE_URL: "url", ...reads } });
  });

  it.each([
    "spring.datasource.url=jdbc:h2:mem:x\n",
    "#spring.datasource.url=jdbc:postgresql://a/b\n",
    "spring.datasource.url=${JDBC_URL}\n",
    "quarkus.datasource.db-kind=mysql\n",
    "server.port=8080\n",
  ])("say by %j that it isn't, or nothing", (text) => {
    expect(said(properties(text))).toBeUndefined();
  });

  it("are read as YAML too, in production's own file and documents", () => {
    const nested = (url: string) => `spring:\n  datasource:\n    url: ${url}\n    username: \${DB_USER:x}\n`;
    expect(said(yml(nested("jdbc:postgresql://a/b")))).toMatchObject({
      lines: ["src/main/resources/application.yml:3"],
      reads: { DB_USER: "user" },
    });
    const both = { ...yml(nested("jdbc:h2:mem:a")), ...yml(nested("jdbc:postgresql://a/b"), "application-prod.yml") };
    expect(said(both)?.verdict).toBe("uses");
    const test = `${nested("jdbc:h2:mem:a")}---\nspring:\n  config:\n    activate:\n      on-profile: test\n  datasource:\n    url: jdbc:postgresql://a/b\n`;
    expect(said(yml(test))).toBeUndefined();
    expect(said(yml("a: [\n"))).toBeUndefined();
    expect(said(yml(`a: &a [x, x]\nb: &b [*a, *a]\n${nested("jdbc:postgresql://a/b")}`))?.verdict).toBe("uses");
  });

  it("are not walked for ever where aliases of aliases make millions of settings of a small file", () => {
    const levels = [..."bcdefghijklmnop"].map((name, at) => {
      const above = "abcdefghijklmno"[at];
      return `${name}: &${name} {${[..."stuvwx"].map((key) => `${key}: *${above}`).join(", ")}}`;
    });
    const start = performance.now();
    expect(said(yml(`a: &a {}\n${levels.join("\n")}\n`))).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});

describe("Ecto's repositories", () => {
  const app = (repo: string | Buffer, more = "") => ({
    "mix.exs": `defmodule A.MixProject do\n  defp deps, do: [{:ecto_sql, "~> 3.12"}${more}]\nend\n`,
    "lib/a/repo.ex": repo as string,
  });

  it("say by their adapter which database it is", () => {
    const repo = (adapter: string) =>
      `defmodule A.Repo do\r\n  use Ecto.Repo, adapter: Ecto.Adapters.${adapter}\r\nend\n`;
    expect(said(app(repo("Postgres")))).toMatchObject({ verdict: "uses", lines: ["lib/a/repo.ex:2"] });
    expect(said(app(repo("MyXQL")))).toBeUndefined();
    expect(said(app("# adapter: Ecto.Adapters.Postgres\n"))).toBeUndefined();
    expect(said(app(repo("SQLite3"), ', {:postgrex, ">= 0.0.0"}'))?.verdict).toBe("maybe");
  });

  it("say nothing where they can't be read, and are nobody's fault", () => {
    expect(said(app(Buffer.from([0, 255, 1]), ', {:postgrex, ">= 0.0.0"}'))?.verdict).toBe("uses");
    expect(said(app(Buffer.alloc(6_000_000, "x"), ', {:postgrex, ">= 0.0.0"}'))?.verdict).toBe("uses");
  });
});

describe("PHP's other configs", () => {
  const app = (config: string, more = "") => ({
    "composer.json": `{ "require": { "php": "^8.2"${more} } }`,
    "config/db.php": config,
  });

  it.each([
    "'dsn' => 'pgsql:host=h'",
    "'driver' => 'pdo_pgsql'",
    "'driver' => Cake\\Driver\\Postgres::class",
    "'DBDriver' => 'Postgre'",
  ])("say PostgreSQL by %j", (line) => {
    expect(said(app(`<?php return [\n  ${line},\n];\n`))).toMatchObject({
      verdict: "uses",
      lines: ["config/db.php:2"],
    });
  });

  it("say nothing by comments and other databases, and weaken a driver that they contradict", () => {
    expect(said(app("<?php // 'dsn' => 'pgsql:host=h'\n# 'dsn' => 'pgsql:h'\n"))).toBeUndefined();
    expect(said(app("<?php return ['dsn' => 'mysql:host=h'];"))).toBeUndefined();
    expect(said(app("<?php return ['dsn' => 'mysql:host=h'];", ', "ext-pdo_pgsql": "*"'))?.verdict).toBe("maybe");
  });
});
