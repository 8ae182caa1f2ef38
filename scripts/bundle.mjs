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
