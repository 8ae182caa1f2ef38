import fs from "node:fs";
import path from "node:path";

function version(): string {
  const text = fs.readFileSync(path.join(__dirname, "../../../package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

async function main(): Promise<void> {
  // Asked for by scripts, often: not worth loading a command line parser for.
  if (process.argv.length === 3 && (process.argv[2] === "--version" || process.argv[2] === "-V")) {
    process.stdout.write(`${version()}\n`);
    return;
  }
  process.on("SIGINT", () => process.exit(130));
  // A reader that has seen enough (`leash env list | head -1`) is no fault.
  process.stdout.on("error", () => process.exit(0));
  // A closed terminal hears no more; what is under way is ended in order all the same.
  process.stderr.on("error", () => {});
  const { runProgram } = require("./program") as typeof import("./program");
  process.exitCode = await runProgram(process.argv.slice(2), version());
}

void main();
