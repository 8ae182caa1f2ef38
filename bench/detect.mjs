// `npm run bench:detect`: how right detection is on the labelled apps, beside a peer's and two simpler detectors, and what it
// costs.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

// Else it warns of every manifest that it can't read.
process.env.LOG_LEVEL = "error";
const { analyser, FSProvider, flatten } = await import("@specfy/stack-analyser");
await import("@specfy/stack-analyser/dist/autoload.js");

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const work = fs.mkdtempSync(path.join(os.tmpdir(), "leash-bench-detect-"));
process.on("exit", () => fs.rmSync(work, { recursive: true, force: true }));

/** Detection itself and the reader of the labelled apps, which the tests use too. */
async function load() {
  const outfile = path.join(work, "detection.cjs");
  const contents = `export { detectApp } from "./src/detect/detect"; export { openApp } from "./src/detect/workspace";
    export { readLabelledApps, writeLabelledApp } from "./test/detect/labelled/read";`;
  await build({
    stdin: { contents, resolveDir: root, loader: "ts" },
    bundle: true,
    platform: "node",
    mainFields: ["module", "main"],
    outfile,
    logLevel: "error",
  });
  return import(outfile).then((module) => module.default);
}

const { detectApp, openApp, readLabelledApps, writeLabelledApp } = await load();
const apps = readLabelledApps(path.join(root, "test/detect/labelled")).map((app) => ({
  ...app,
  path: writeLabelledApp(app, path.join(work, "apps", app.id)),
}));

/** Names as a page on databases lists them, looked for as words in manifests. */
const pageNames =
  /(?<![\w/@-])(pg|postgres|psycopg2(-binary)?|psycopg|asyncpg|sqlalchemy|prisma|sequelize|typeorm|knex|drizzle-orm|lib\/pq|pgx)(?![\w-])/i;
const manifests =
  /^(package\.json|requirements[^/]*\.txt|pyproject\.toml|Pipfile|go\.mod|Gemfile|composer\.json|pom\.xml|build\.gradle(\.kts)?|Cargo\.toml|mix\.exs|[^/]*\.csproj)$/;
const anyWord = /postgres|psycopg|\bpg\b|\bpgx\b|npgsql/i;

function* filesIn(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(file);
    else yield file;
  }
}

/** Each tells the services that an app uses. */
const detectors = {
  leash: (folder) => {
    const { services } = detectApp(openApp(folder), path.basename(folder));
    return services.filter(({ verdict }) => verdict === "uses").map(({ service }) => service);
  },
  "@specfy/stack-analyser": async (folder) => {
    const { techs, childs } = flatten(await analyser({ provider: new FSProvider({ path: folder }) }));
    return [...techs, ...childs.flatMap((child) => [child.tech, ...child.techs])];
  },
  "names from the page": (folder) => {
    const found = fs
      .readdirSync(folder)
      .some((name) => manifests.test(name) && pageNames.test(fs.readFileSync(path.join(folder, name), "utf8")));
    return found ? ["postgresql"] : [];
  },
  "grep of the whole tree": (folder) =>
    [...filesIn(folder)].some((file) => anyWord.test(fs.readFileSync(file, "utf8"))) ? ["postgresql"] : [],
};

/** What each detector tells of each app, by its id, and how long it took. */
async function run(detector) {
  const answers = new Map();
  for (const { id, path: folder } of apps) {
    const began = performance.now();
    let told = [];
    try {
      told = await detector(folder);
    } catch (error) {
      // What is no app for it, it says nothing of.
      if (error.name !== "LeashError") throw error;
    }
    answers.set(id, { told, ms: performance.now() - began });
  }
  return answers;
}

/** `uses` told where it is right; where a label allows it or not, either answer is. */
function score(answers, service, among = apps) {
  const counts = { right: 0, wrong: 0, missed: 0 };
  for (const { id, labels } of among) {
    const verdicts = labels.find((label) => label.service === service)?.verdicts ?? [];
    const told = answers.get(id).told.includes(service);
    if (told && verdicts.includes("uses")) counts.right += 1;
    else if (told) counts.wrong += 1;
    else if (verdicts.includes("uses") && verdicts.length === 1) counts.missed += 1;
  }
  const { right, wrong, missed } = counts;
  return { precision: ratio(right, right + wrong), recall: ratio(right, right + missed), ...counts };
}

const ratio = (part, whole) => (whole === 0 ? "–" : (part / whole).toFixed(3));

const median = (times) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)];

// Each runs twice, and the second counts: what is loaded at first is not an app's.
const results = {};
for (const [name, detector] of Object.entries(detectors)) {
  await run(detector);
  results[name] = await run(detector);
}
console.log(`PostgreSQL in ${apps.length} labelled apps; precision and recall on "uses"; median time for an app`);
const timeOf = (answers) => ({ "ms an app": median([...answers.values()].map(({ ms }) => ms)).toFixed(2) });
console.table(
  Object.fromEntries(
    Object.entries(results).map(([name, answers]) => [name, { ...score(answers, "postgresql"), ...timeOf(answers) }]),
  ),
);
const [ours, peers] = [results.leash, results["@specfy/stack-analyser"]];
const read = ["node", "python", "go", "ruby", "php", "rust"];
const readByBoth = apps.filter(({ ecosystem }) => read.includes(ecosystem));
console.log(
  `In the ${readByBoth.length} of them that are of an ecosystem whose manifests stack-analyser reads (${read.join(", ")})`,
);
console.table(
  Object.fromEntries(
    ["postgresql", "mongodb", "redis"].flatMap((service) => [
      [`${service}: leash`, score(ours, service, readByBoth)],
      [`${service}: stack-analyser`, score(peers, service, readByBoth)],
    ]),
  ),
);
const ecosystems = [...new Set(apps.map(({ ecosystem }) => ecosystem))];
const amongThem = (one) => apps.filter(({ ecosystem }) => ecosystem === one);
console.log("Leash by ecosystem");
console.table(Object.fromEntries(ecosystems.map((one) => [one, score(ours, "postgresql", amongThem(one))])));

function timed(run, times = 25) {
  return median(
    Array.from({ length: times }, () => {
      const began = performance.now();
      run();
      return performance.now() - began;
    }),
  );
}

/** 40 apps of a workspace among many files that are no manifests. */
function monorepo(files) {
  const folder = path.join(work, `monorepo-${files}`);
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, "pnpm-workspace.yaml"), "packages:\n  - apps/*\n");
  for (let app = 0; app < 40; app++) {
    const own = path.join(folder, "apps", `app-${app}`);
    fs.mkdirSync(path.join(own, "src"), { recursive: true });
    fs.mkdirSync(path.join(own, "node_modules/x"), { recursive: true });
    fs.writeFileSync(
      path.join(own, "package.json"),
      JSON.stringify({ name: `app-${app}`, dependencies: { express: "5", pg: "8" } }),
    );
    for (let file = 0; file < files / 80; file++) {
      fs.writeFileSync(path.join(own, "src", `${file}.ts`), "export const x = 1;\n");
      fs.writeFileSync(path.join(own, "node_modules/x", `${file}.js`), "module.exports = 1;\n");
    }
  }
  return path.join(folder, "apps/app-0");
}

const one = apps.find(({ id }) => id.startsWith("node/"));
const inProcess = timed(() => detectors.leash(one.path), 200);
const node = timed(() => spawnSync(process.execPath, ["-e", "0"]));
const command = timed(() => spawnSync(process.execPath, [path.join(root, "bin/leash.js"), "detect", one.path]));
const [few, many] = [monorepo(2_000), monorepo(20_000)];
const [ofFew, ofMany] = [timed(() => detectors.leash(few), 200), timed(() => detectors.leash(many), 200)];
const grep = timed(() => detectors["grep of the whole tree"](many), 3);
console.log("What it costs");
console.table({
  "one app, in the process": { ms: inProcess.toFixed(2) },
  "leash detect against node -e 0": { ms: command.toFixed(0), ratio: (command / node).toFixed(2) },
  "an app among 20,000 files against among 2,000": { ms: ofMany.toFixed(2), ratio: (ofMany / ofFew).toFixed(2) },
  "the same against a grep of its folder": { ms: grep.toFixed(2), ratio: (ofMany / grep).toFixed(2) },
});
