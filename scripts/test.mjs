// `npm test`: sets up what is missing, then runs the tests.
import { run, setUp } from "./setup.mjs";

setUp();
run(process.execPath, ["node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2)]);
