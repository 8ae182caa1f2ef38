// `npm run build [-- --clean]`: tsc makes the library and its types; esbuild puts the command line into one file, because loading a
// hundred small modules takes longer than what most commands do.
import fs from "node:fs";
import path from "node:path";
import {
  bundle,
  bundleAgent,
  bundleBridge,
  bundleBuildpack,
  bundleClients,
  bundleDashboardPage,
  bundlePgDump,
  bundleS3,
} from "./bundle.mjs";
import { builtStamp, root, run } from "./setup.mjs";

// A package must hold nothing of a former build; while the command line is in use its files must not go away.
if (process.argv.includes("--clean")) fs.rmSync(path.join(root, "dist"), { recursive: true, force: true });
run(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"]);
await bundle("src/cli/program.ts", "dist/src/cli/program.js", {
  // A native addon, and what pg looks for without needing it.
  external: ["fs-native-extensions", "pg-native", "pg-cloudflare", "../../pulumi/automation"],
});
await bundleAgent("dist/agent/main.js");
await bundleBridge("dist/bridge/main.js");
await bundleS3("dist/backup/s3.js");
await bundleClients("dist/connection");
await bundlePgDump("dist/backup");
await bundleBuildpack("dist/buildpack");
await bundleDashboardPage("dist/dashboard/web");

fs.mkdirSync(path.dirname(path.join(root, builtStamp)), { recursive: true });
fs.writeFileSync(path.join(root, builtStamp), "");
