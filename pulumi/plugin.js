// What the engine runs for programs in other languages; PulumiPlugin.yaml leads here.
const fs = require("node:fs");
const path = require("node:path");

const built = path.join(__dirname, "../dist/pulumi/plugin.js");
if (!fs.existsSync(built)) throw new Error("The components are not built yet: run `npm run build` in leash-databases.");
require(built).servePlugin(__dirname);
