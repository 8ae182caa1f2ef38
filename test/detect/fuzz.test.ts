// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are those of the configs

import { describe, expect, it } from "vitest";
import { LeashError } from "../../src/errors";
import { detect } from "./support";

/** One sound manifest of every kind; the mutations start from these. */
const seeds: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({
    name: "@team/notes",
    dependencies: {
      express: "^4",
      pg: "^8.11.0",
      "@prisma/client": "6",
      db: "npm:postgres@3",
      "@keystone-6/core": "6",
    },
    devDependencies: { typescript: "5" },
    prisma: { schema: "prisma" },
  }),
  "requirements.txt": "flask==3 # web\n-r more.txt\npsycopg[binary]>=3 ; python_version>'3.8' \\\n --hash=sha256:00\n",
  "pyproject.toml":
    '[project]\nname = "x"\ndependencies = ["asyncpg", "redis>=5"]\n[project.optional-dependencies]\na = ["motor"]\n' +
    '[tool.poetry.dependencies]\nflask = { version = "3", extras = ["async"] }\n[[tool.x]]\ny = 1.5e3\nz = 1979-05-27\n',
  Pipfile: '[packages]\nflask = "*"\n[dev-packages]\npsycopg2 = {version = "2"}\n',
  "go.mod":
    "module example.com/x\ngo 1.22\nrequire (\n\tgithub.com/lib/pq v1.10.9\n\tgithub.com/x/y v1.0.0 // indirect\n)\n",
  Gemfile:
    'source "https://rubygems.org"\n# gem "no"\ngem "rails", "~> 8"\ngroup :development, :test do\n  gem "sqlite3",\n    require: false\nend\n' +
    'gem "pg", group: :production if ENV["X"]\n=begin\ngem "x"\n=end\ngemspec\n',
  "x.gemspec": 'Gem::Specification.new do |s|\n  s.name = "x"\n  s.add_dependency "redis", ">= 4"\nend\n',
  "composer.json":
    '{"name": "a/b", "require": {"php": "^8", "ext-pdo_pgsql": "*"}, "require-dev": {"phpunit/phpunit": "11"}}',
  "pom.xml":
    '<?xml version="1.0"?>\n<project xmlns="http://maven.apache.org/POM/4.0.0"><artifactId>x</artifactId><modules><module>m</module></modules>' +
    "<dependencies><dependency><groupId>org.postgresql</groupId><artifactId>postgresql</artifactId><scope>runtime</scope></dependency>" +
    "<!-- no --><dependency><groupId>junit</groupId><artifactId>junit</artifactId><scope>test</scope></dependency></dependencies></project>",
  "build.gradle.kts":
    'plugins { kotlin("jvm"); id("io.ktor.plugin") version "3" }\ndependencies {\n  implementation("org.postgresql:postgresql:42") // x\n' +
    '  runtimeOnly(libs.mongo.sync)\n  testImplementation(group = "g", name = "n")\n  implementation(libs.bundles.db) }\n',
  "gradle/libs.versions.toml":
    '[libraries]\nmongo-sync = { module = "org.mongodb:mongodb-driver-sync", version = "5" }\njedis = "redis.clients:jedis:5"\n[bundles]\ndb = ["jedis"]\n',
  "settings.gradle.kts": 'rootProject.name = "notes"\ninclude(":api", "worker")\n',
  "build.sbt":
    'name := "x"\nlibraryDependencies ++= Seq("org.tpolecat" %% "skunk-core" % "0.6", "a" % "b" % v % Test)\n',
  "App.csproj":
    '<Project Sdk="Microsoft.NET.Sdk.Web"><ItemGroup><PackageReference Include="Npgsql" Version="9"/><ProjectReference Include="..\\B\\B.csproj"/></ItemGroup></Project>',
  "Cargo.toml":
    '[package]\nname = "x"\n[features]\ndefault = ["db"]\ndb = ["dep:sqlx", "sqlx?/postgres"]\n[dependencies]\naxum = "0.8"\n' +
    'sqlx = { version = "0.8", optional = true }\nredis = { workspace = true }\n[workspace.dependencies]\nredis = { version = "1", features = ["tokio"] }\n',
  "mix.exs":
    'defmodule X do\n  def project, do: [app: :x, deps: deps()]\n  # {:no, "1"}\n  defp deps, do: [{:phoenix, "~> 1.7"}, {:ecto_sql, "~> 3"}, {:postgrex, ">= 0.0.0", only: [:dev, :prod]}]\nend\n',
  "store/store.go": 'package store\nimport (\n\t"fmt" // x\n\t_ "github.com/lib/pq"\n)\nimport "os"\n',
  "lib/notes/repo.ex": "defmodule R do\n  use Ecto.Repo, otp_app: :notes, adapter: Ecto.Adapters.Postgres\nend\n",
  "config/db.php":
    "<?php\nreturn [ // 'driver' => 'x'\n 'dsn' => 'pgsql:host=h;dbname=d',\n 'driver' => \\\\A\\\\Postgres::class ];\n",
  "keystone.ts": 'export default config({ db: { provider: "postgresql", url: process.env.DATABASE_URL } });\n',
  "manage.py": 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")\n',
  "shop/settings.py":
    'x = """a"""\nDATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", \'HOST\': os.getenv("H", "x")}} # y\n',
  "config/database.yml":
    'default: &d\n  adapter: postgresql\n  pool: <%= ENV["P"] %>\nproduction:\n  <<: *d\n  url: <%= ENV.fetch("U") %>\n',
  "src/main/resources/application.yml":
    "spring:\n  datasource:\n    url: ${U:jdbc:postgresql://h/d}\n---\na: [*x, {b: &x c}]\n",
  "src/main/resources/application-prod.properties": "spring.datasource.url=jdbc:postgresql://${H}:5432/d\n",
  ".env.example": "DB_CONNECTION=pgsql\nexport DB_HOST='x' # y\nDATABASE_URL=postgres://a:b@c/d\nCACHE_STORE=redis\n",
  "pnpm-workspace.yaml": "packages:\n  - apps/*\n  - '!**/old'\n",
  "deps.edn":
    '{:deps {org.postgresql/postgresql {:mvn/version "42"} #_#_a/b {}} ; x\n :aliases {:test {:extra-deps {c/d {}}}}}',
  "project.clj":
    '(defproject x "1" :dependencies [[ring "1"] [com.taoensso/carmine "3" :scope "test"]] :profiles {:dev {}})',
  "pubspec.yaml": "name: x\ndependencies:\n  postgres: ^3.0.0\n  y:\n    path: ../y\ndev_dependencies: {z: any}\n",
  "shard.yml": "name: x\ndependencies:\n  pg:\n    github: will/crystal-pg\n",
  "Package.swift":
    'let package = Package(name: "x", dependencies: [.package(url: "https://a.b/c/postgres-nio.git", from: "1")],\n targets: [.testTarget(name: "t", dependencies: [.product(name: "P", package: "postgres-nio")])])',
  "x.cabal":
    "name: x\nexecutable x\n  build-depends: base, -- y\n    hasql >= 1\ntest-suite t\n  build-depends: hedis\n",
  "package.yaml": "name: x\ndependencies:\n- base\n- hasql >= 1\ntests:\n  t:\n    dependencies: [hedis]\n",
  "deno.jsonc": '{"imports": {"pg": "npm:pg@8", /* x */ "@db/postgres": "jsr:@db/postgres@0.19"},}',
  "environment.yml": "dependencies:\n  - python=3.12\n  - conda-forge::psycopg2=2.9\n  - pip:\n      - redis>=5\n",
  "setup.cfg":
    "[metadata]\nname = x\n[options]\ninstall_requires =\n    psycopg2>=2 # y\n[options.extras_require]\ndev = pytest\n",
  "setup.py": 'REQ = ["flask", "asyncpg"]\nsetup(name="x", install_requires=REQ, extras_require={"a": ["redis"]})\n',
  ".meteor/packages": "meteor-base@1.5.1 # x\nmongo@1.16\n",
  "drizzle.config.ts":
    'export default defineConfig({ dialect: "postgresql", dbCredentials: { url: process.env.X! } });',
  "knexfile.js":
    'module.exports = { test: { client: "sqlite3" }, production: { client: "pg", connection: `pg://${process.env.H}` } };',
  "prisma/schema.prisma": 'datasource db {\n  provider = "postgresql" // why\n  url = env("DATABASE_URL")\n}\n',
  "prisma.config.ts":
    'export default defineConfig({ schema: path.join("prisma", `schema.prisma`), datasource: { url: env("X") } });',
};

const fragments = [
  ..."{}[]()\"'`\\#/=,:;.-@\n\r\t ",
  "\u0000",
  "\uFEFF",
  "\u{1F418}",
  "__proto__",
  "${",
  "/*",
  "*/",
  '"""',
  "'''",
  "[[",
  "-r ",
  "..",
  "npm:",
  "#egg=",
  "datasource db {",
  "[tool.poetry]",
  "1e999",
  "null",
  "\\u0000",
  "\\ud800",
];

/** mulberry32: the same mutations on every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function mutate(text: string, pick: (below: number) => number): string {
  let mutated = text;
  for (let times = 1 + pick(4); times > 0; times--) {
    const at = pick(mutated.length + 1);
    const length = pick(12);
    const fragment = fragments[pick(fragments.length)] ?? "";
    const kept = mutated.slice(at, at + length);
    const replacement = [
      fragment,
      "",
      kept + kept,
      fragment.repeat(pick(300)),
      mutated.slice(pick(mutated.length + 1)),
    ];
    mutated = mutated.slice(0, at) + replacement[pick(replacement.length)] + mutated.slice(at + length);
  }
  return mutated;
}

/** `detection`, or the code of the error; anything else is thrown on. */
function outcomeOf(files: Record<string, string>): string {
  try {
    const detection = detect(files);
    JSON.stringify(detection);
    for (const { evidence } of detection.services) {
      if (evidence.length === 0 || evidence.some(({ line, text }) => line < 1 || text === "")) return "empty evidence";
    }
    return "detection";
  } catch (error) {
    if (error instanceof LeashError) return error.code;
    throw error;
  }
}

/** What makes the configs of frameworks be read. */
const around = {
  "requirements.txt": "django",
  "manage.py": seeds["manage.py"]!,
  Gemfile: 'gem "rails"',
  "composer.json": '{"require":{"laravel/framework":"12"}}',
  "package.json": '{"dependencies":{"knex":"3","drizzle-orm":"1"}}',
  "build.gradle": "",
};

describe("detection of damaged manifests", () => {
  it("never ends in anything but a detection or a clear fault, and takes no longer than 50 ms for a file", () => {
    const runs = Number(process.env.LEASH_SOAK ? 1_000_000 : 20_000);
    const pick = random(20_241_105);
    const names = Object.keys(seeds);
    const times = new Map<string, number[]>(names.map((name) => [name, []]));
    const outcomes = new Map<string, number>();
    for (let run = 0; run < runs; run++) {
      const name = names[run % names.length] ?? "";
      const mutated = { ...seeds, [name]: mutate(seeds[name] ?? "", pick) };
      const start = performance.now();
      const outcome = outcomeOf(mutated);
      times.get(name)?.push(performance.now() - start);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    const faults = ["broken-manifest", "faults", "not-text", "unreadable"].map((name) => `detect/${name}`);
    expect([...outcomes.keys()].filter((outcome) => ![...faults, "detection"].includes(outcome))).toEqual([]);
    // Both ends must be met, or the mutations would be too mild or too wild to prove anything.
    expect(outcomes.get("detection")).toBeGreaterThan(runs / 10);
    expect(outcomes.get("detect/broken-manifest")).toBeGreaterThan(runs / 10);
    for (const [name, taken] of times) {
      const median = taken.sort((a, b) => a - b)[Math.floor(taken.length / 2)];
      expect(median, name).toBeLessThan(50);
    }
  }, 7_200_000);

  it.each([
    ["requirements.txt", "a\\\n"],
    ["requirements.txt", "-r "],
    ["requirements.txt", "https://-a-"],
    ["requirements.txt", "a["],
    ["go.mod", "require a v1\n"],
    ["go.mod", "("],
    ["schema.prisma", '"'],
    ["schema.prisma", "datasource "],
    ["prisma.config.ts", "schema:"],
    ["prisma.config.ts", "`${"],
    ["package.json", '{"a":"'],
    ["Gemfile", 'gem "a",\n'],
    ["Gemfile", "group :a do;"],
    ["Gemfile", 'gem "a", if '],
    ["pom.xml", "<a>"],
    ["pom.xml", "<a b='c'/>"],
    ["App.csproj", "<!--"],
    ["build.gradle", 'implementation("a:b'],
    ["build.gradle", "implementation(\n"],
    ["build.gradle", "libs.a."],
    ["build.gradle", "/*"],
    ["settings.gradle", 'include "a", '],
    ["build.sbt", '"a" % "b" % c % '],
    ["build.sbt", '"a" %'],
    ["mix.exs", "{:a,"],
    ["mix.exs", '{:a, "'],
    ["package.json", " "],
    ["config/database.yml", "<% "],
    ["config/database.yml", "<%= %>"],
    ["config/database.yml", "a: &b [*b]\n"],
    ["src/main/resources/application.properties", "a="],
    ["src/main/resources/application.properties", "spring.datasource.url=jdbc:postgresql://${a:"],
    ["src/main/resources/application.yml", "- "],
    ["src/main/resources/application.yml", "a:\n"],
    ["shop/settings.py", "DATABASES = '"],
    ["shop/settings.py", 'DATABASES"ENGINE": '],
    [".env.example", "A=\n"],
    [".env.example", "DATABASE_URL=a+"],
    [".env.example", "DB_DB_"],
    ["config/database.php", "'default' => env("],
    ["deps.edn", "{:deps "],
    ["deps.edn", "#_ "],
    ["deps.edn", '"'],
    ["Package.swift", ".package("],
    ["Package.swift", '.product(name: "'],
    ["x.cabal", "build-depends: a,\n"],
    ["x.cabal", "  ,"],
    ["deno.json", '{"a":'],
    ["setup.cfg", "[options]\n"],
    ["setup.cfg", "install_requires =\n a\n"],
    ["setup.py", "install_requires=["],
    ["setup.py", 'a = "'],
    ["environment.yml", "- a\n"],
    ["drizzle.config.ts", "{ dialect: "],
    ["drizzle.config.ts", "const a = "],
    ["knexfile.js", "`${a"],
    ["src/db.ts", "process.env."],
    ["src/db.ts", "env("],
  ])("takes time in proportion to the size of %s filled with %j", (name, unit) => {
    const taken = (size: number) => {
      const files = { ...around, [name]: unit.repeat(size / unit.length) };
      const before = process.cpuUsage();
      outcomeOf(files);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    };
    taken(100_000);
    // A quadratic reader would take 256 times as long for sixteen times the size.
    const small = Math.max(10, taken(250_000));
    expect(taken(4_000_000)).toBeLessThan(small * 80);
  });
});
