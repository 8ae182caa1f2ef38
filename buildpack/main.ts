import { errorLines, errorMessage, LeashError } from "../src/errors";
import { buildLayers } from "./build";
import { compileApp, detectClassic, releaseApp } from "./classic";
import { detectForPlan } from "./detect";

/** What each program of `bin` does, by the name that it calls this with; the result is the exit code. */
const programs: Readonly<Record<string, (args: readonly string[]) => number>> = {
  detect: detectForPlan,
  build: buildLayers,
  "classic-detect": detectClassic,
  compile: compileApp,
  release: releaseApp,
};

function main([name = "", ...args]: readonly string[]): number {
  const program = programs[name];
  if (program === undefined) throw new Error(`There is no program ${JSON.stringify(name)}.`);
  return program(args);
}

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  const lines = error instanceof LeashError ? errorLines(error) : [`✗ ${errorMessage(error)}`, "  [internal]"];
  console.error(lines.join("\n"));
  process.exitCode = 1;
}
