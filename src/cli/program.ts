import { Command, CommanderError, Option } from "commander";
import { planNames } from "../plans";
import { reportError } from "./report-error";
import { releaseInput } from "./terminal";

const appOption = () => new Option("--app <name>", "the app, if it is not the one deployed from this folder");
const jsonOption = () => new Option("--json", "print one JSON document on stdout");

/** Each command's module is loaded when it runs, so that `leash detect` does not pay for a database client. */
function buildProgram(version: string, commandLine: readonly string[], setExitCode: (code: number) => void): Command {
  const program = new Command("leash")
    .description("Every app gets its own PostgreSQL: detected, isolated, limited, injected as DATABASE_URL.")
    .version(version)
    .exitOverride()
    .showHelpAfterError("(leash --help shows what there is)")
    .enablePositionalOptions();

  program
    .command("detect")
    .description("say what an app's manifests tell: language, framework, databases")
    .argument("[dir]", "the app's folder", ".")
    .addOption(jsonOption())
    .action((directory, options) => load("./commands/detect").detect(directory, options));

  program
    .command("deploy")
    .description("detect an app's database, offer to create one, inject DATABASE_URL")
    .argument("[dir]", "the app's folder", ".")
    .addOption(new Option("--app <name>", "the app's name (default: its manifest's, else its folder's)"))
    .addOption(new Option("--plan <plan>", `the plan: ${planNames.join(", ")} (default: free)`))
    .addOption(new Option("--choice <choice>", "answer the question").choices(["create", "url", "skip"]))
    .addOption(new Option("--database-url <url>", "your own database's URL; - reads it from standard input"))
    .addOption(new Option("--skip-check", "store your own URL without trying to connect"))
    .addOption(jsonOption())
    .action((directory, options) => load("./commands/deploy").deploy(directory, options));

  program
    .command("run")
    .description("run a command with the app's environment")
    .usage("[options] [dir] -- command [args...]")
    .argument("[dir]", "the app's folder", ".")
    .addOption(appOption())
    .action(async (directory, options) => {
      const separator = commandLine.indexOf("--");
      const words = separator < 0 ? [] : commandLine.slice(separator + 1);
      setExitCode(await load("./commands/run").run(directory, words, options));
    });

  const env = program.command("env").description("the app's environment variables");
  env
    .command("list")
    .description("list the variables, secrets redacted")
    .addOption(appOption())
    .addOption(new Option("--reveal", "show the values"))
    .addOption(jsonOption())
    .action((options) => load("./commands/env").listVariables(options));
  env
    .command("get")
    .description("print one variable's value")
    .argument("<name>")
    .addOption(appOption())
    .action((name, options) => load("./commands/env").getVariable(name, options));
  env
    .command("set")
    .description("set variables; NAME alone reads the value from standard input")
    .argument("<name[=value]...>")
    .addOption(appOption())
    .action((assignments, options) => load("./commands/env").setVariables(assignments, options));
  env
    .command("unset")
    .description("remove a variable")
    .argument("<name>")
    .addOption(appOption())
    .action((name, options) => load("./commands/env").unsetVariable(name, options));

  const db = program.command("db").description("the app's own database");
  db.command("info")
    .description("its id, plan, limits and whether all of its rules hold")
    .addOption(appOption())
    .addOption(jsonOption())
    .action((options) => load("./commands/db").info(options));
  db.command("url")
    .description("print its connection URL, password included")
    .addOption(appOption())
    .action((options) => load("./commands/db").url(options));
  db.command("shell")
    .description("open a SQL shell as the app (psql if there is one)")
    .addOption(appOption())
    .action(async (options) => setExitCode(await load("./commands/db-shell").shell(options)));
  db.command("destroy")
    .description("drop it, tables and all")
    .addOption(appOption())
    .addOption(new Option("--yes", "do not ask for the app's name"))
    .action((options) => load("./commands/db").destroy(options));

  program
    .command("start")
    .description("start the embedded server")
    .action(() => load("./commands/server").start());
  program
    .command("stop")
    .description("stop the embedded server")
    .action(() => load("./commands/server").stop());
  program
    .command("status")
    .description("say whether the embedded server runs")
    .addOption(jsonOption())
    .action((options) => load("./commands/server").status(options));
  program
    .command("doctor")
    .description("check the platform and every app's database, and say how to mend what is wrong")
    .addOption(jsonOption())
    .action(async (options) => setExitCode(await load("./commands/doctor").doctor(options)));
  return program;
}

interface Commands {
  "./commands/detect": typeof import("./commands/detect");
  "./commands/deploy": typeof import("./commands/deploy");
  "./commands/run": typeof import("./commands/run");
  "./commands/env": typeof import("./commands/env");
  "./commands/db": typeof import("./commands/db");
  "./commands/db-shell": typeof import("./commands/db-shell");
  "./commands/server": typeof import("./commands/server");
  "./commands/doctor": typeof import("./commands/doctor");
}

function load<Name extends keyof Commands>(name: Name): Commands[Name] {
  return require(name) as Commands[Name];
}

/** Runs the command line; returns the exit code of the contract. */
export async function runProgram(commandLine: readonly string[], version: string): Promise<number> {
  let exitCode = 0;
  try {
    const program = buildProgram(version, commandLine, (code) => {
      exitCode = code;
    });
    if (commandLine.length === 0) {
      program.outputHelp();
      return 0;
    }
    // What stands behind "--" is the business of `run` alone.
    const separator = commandLine[0] === "run" ? commandLine.indexOf("--") : -1;
    const own = separator < 0 ? commandLine : commandLine.slice(0, separator);
    await program.parseAsync(own, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportError(error);
  } finally {
    releaseInput();
  }
}
