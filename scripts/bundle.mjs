import fs from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { root } from "./setup.mjs";

/** Puts a program into one file. */
export function bundle(entryPoint, outfile, options = {}) {
  return build({
    absWorkingDir: root,
    entryPoints: [entryPoint],
    outfile,
    allowOverwrite: true,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    mainFields: ["module", "main"],
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: false,
    legalComments: "eof",
    logLevel: "warning",
    ...options,
  });
}

/** What the bridge's image holds beside Node. */
export const bundleBridge = (outfile) => bundle("src/bridge/main.ts", outfile);

/** The agent; in a container it looks after no embedded server, and has no native addon. */
export const bundleAgent = (outfile) =>
  bundle("src/agent/main.ts", outfile, { external: ["fs-native-extensions", "pg-native", "pg-cloudflare"] });

/** What speaks with S3, Amazon's SDK in it: loaded by who keeps backups there. */
export const bundleS3 = (outfile) =>
  bundle("src/backup/s3/store.ts", outfile, {
    // It would warn of Node 20 for the sake of its later versions; this one stays.
    define: { "process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": '"true"' },
  });

/** What tries a MongoDB's or a Redis's URL, with their own clients in it: loaded when such a URL is tried. */
export async function bundleClients(folder) {
  // Ways to log in and to compress that need more packages.
  const external = ["kerberos", "snappy", "socks", "aws4", "gcp-metadata", "mongodb-client-encryption"];
  external.push("@mongodb-js/zstd", "@aws-sdk/credential-providers", "@node-rs/xxhash", "@opentelemetry/api");
  for (const name of ["mongodb", "redis"]) {
    await bundle(`src/connection/clients/${name}.ts`, path.join(folder, `${name}.js`), { external });
  }
}

/** PostgreSQL's pg_dump in WebAssembly and the program around it; the package exports less than it holds. */
export async function bundlePgDump(folder) {
  const files = path.join(root, "node_modules/@electric-sql/pglite-tools");
  const expose = {
    name: "expose-pg-dump",
    setup(setup) {
      const file = path.join(files, "dist/pg_dump.cjs");
      setup.onResolve({ filter: /\/pg-dump-module$/ }, () => ({ path: file, namespace: "pg-dump" }));
      setup.onLoad({ filter: /./, namespace: "pg-dump" }, () => {
        const text = fs.readFileSync(file, "utf8");
        const factory = /var (\w+)=\w+;var \w+="\/tmp\/out\.sql";/.exec(text)?.[1];
        const exported = "0&&(module.exports={pgDump})";
        // What it may take of memory at most; a small database can hold values that are huge once they are unpacked.
        const most = "getHeapMax=()=>2147483648";
        if (!factory || ![exported, most].every((part) => text.includes(part))) {
          throw new Error(`${file} is another version than this was made for`);
        }
        const changed = text.replace(exported, () => `module.exports={createPgDump:${factory}}`);
        return { contents: changed.replace(most, `getHeapMax=()=>${1280 * 1024 ** 2}`) };
      });
    },
  };
  const notice = "/*! Holds parts of @electric-sql/pglite-tools and PostgreSQL: see pg_dump.LICENSE. */";
  const outfile = path.join(root, folder, "pg-dump-wasm.js");
  await bundle("src/backup/wasm/worker.ts", outfile, { plugins: [expose], banner: { js: notice } });
  fs.copyFileSync(path.join(files, "dist/pg_dump.wasm"), path.join(root, folder, "pg_dump.wasm"));
  const licences = [path.join(root, "src/backup/wasm/postgresql.LICENSE"), path.join(files, "LICENSE")];
  const text = licences.map((file) => fs.readFileSync(file, "utf8").trim()).join(`\n\n${"-".repeat(80)}\n\n`);
  fs.writeFileSync(path.join(root, folder, "pg_dump.LICENSE"), `${text}\n`);
}

/**
 * The buildpack as platforms take it: one that looks at the app, and one around it that passes every other app by. It must
 * run on the Node of any builder, also on one that leash itself is too new for.
 */
export async function bundleBuildpack(folder) {
  const source = path.join(root, "buildpack");
  const target = path.join(root, folder);
  const { version } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
  fs.rmSync(target, { recursive: true, force: true });
  for (const part of ["bin", "exec.d", "lib", "buildpack.toml"]) {
    fs.cpSync(path.join(source, part), path.join(target, "app-database", part), { recursive: true });
  }
  fs.cpSync(path.join(source, "composite"), path.join(target, "databases"), { recursive: true });
  for (const one of ["app-database", "databases"]) {
    const file = path.join(target, one, "buildpack.toml");
    fs.writeFileSync(file, fs.readFileSync(file, "utf8").replaceAll("{{version}}", version));
  }
  await bundle("buildpack/main.ts", path.join(folder, "app-database/lib/main.js"), { target: "node18" });
}

/** The dashboard's page: static files that the dashboard serves, nothing of which comes from elsewhere. */
export async function bundleDashboardPage(folder) {
  const source = "src/dashboard/web";
  const page = { platform: "browser", format: "iife", target: ["es2022", "chrome123", "firefox121", "safari17.5"] };
  for (const [entry, file] of [
    ["main.tsx", "app.js"],
    ["app.css", "app.css"],
    ["login.ts", "login.js"],
  ]) {
    const options = { ...page, minify: true, tsconfig: path.join(source, "tsconfig.json"), legalComments: "none" };
    await bundle(path.join(source, entry), path.join(folder, file), options);
  }
  fs.copyFileSync(path.join(root, source, "index.html"), path.join(root, folder, "index.html"));
}
