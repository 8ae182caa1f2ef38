// `npm run build [-- --clean]`: tsc makes the library and its types; esbuild puts the command line into one file, because loading a
// hundred small modules takes longer than what most commands do.
import fs from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { builtStamp, root, run } from "./setup.mjs";

// A package must hold nothing of a former build; while the command line is in use its files must not go away.
if (process.argv.includes("--clean")) fs.rmSync(path.join(root, "dist"), { recursive: true, force: true });
run(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"]);
const options = {
  absWorkingDir: root,
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
};
await build({
  ...options,
  entryPoints: ["src/cli/program.ts"],
  outfile: "dist/src/cli/program.js",
  allowOverwrite: true,
  // A native addon, and what pg looks for without needing it.
  external: ["fs-native-extensions", "pg-native", "pg-cloudflare"],
});
// What the bridge's image holds beside Node.
await build({ ...options, entryPoints: ["src/bridge/main.ts"], outfile: "dist/bridge/main.js" });

fs.mkdirSync(path.dirname(path.join(root, builtStamp)), { recursive: true });
fs.writeFileSync(path.join(root, builtStamp), "");
