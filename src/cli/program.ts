import { Command, CommanderError, Option } from "commander";
import { planNames } from "../plans";
import { releaseInput } from "../terminal";
import { reportError } from "./report-error";

const appOption = () => new Option("--app <name>", "the app, if it is not the one deployed from this folder");
const jsonOption = () => new Option("--json", "print one JSON document on stdout");

/** Each command's module is loaded when it runs, so that `leash detect` does not pay for a database client. */
const load = {
  detect: () => require("./commands/detect") as typeof import("./commands/detect"),
  deploy: () => require("./commands/deploy") as typeof import("./commands/deploy"),
  run: () => require("./commands/run") as typeof import("./commands/run"),
  env: () => require("./commands/env") as typeof import("./commands/env"),
  db: () => require("./commands/db") as typeof import("./commands/db"),
  dbUsage: () => require("./commands/db-usage") as typeof import("./commands/db-usage"),
  dbShell: () => require("./commands/db-shell") as typeof import("./commands/db-shell"),
  backups: () => require("./commands/backups") as typeof import("./commands/backups"),
  backupsRestore: () => require("./commands/backups-restore") as typeof import("./commands/backups-restore"),
  backupsFiles: () => require("./commands/backups-files") as typeof import("./commands/backups-files"),
  server: () => require("./commands/server") as typeof import("./commands/server"),
  upgrade: () => require("./commands/upgrade") as typeof import("./commands/upgrade"),
  dashboard: () => require("./commands/dashboard") as typeof import("./commands/dashboard"),
  doctor: () => require("./commands/doctor") as typeof import("./commands/doctor"),
};

function addBackups(program: Command, setExitCode: (code: number) => void): void {
  const yesOption = () => new Option("--yes", "do not ask for the app's name");
  const acceptOption = () => new Option("--accept-faults", "take what could be restored where some of it could not");
  const outputOption = () => new Option("-o, --output <file>", "where to; - is standard output");
  const forceOption = () => new Option("--force", "replace a file that is there");
  const backups = program.command("backups").description("the app's backups: made every night, kept seven days");
  const command = (name: string, says: string) => backups.command(name).description(says);
  command("list", "list them, newest first")
    .addOption(appOption())
    .addOption(jsonOption())
    .action((options) => load.backups().list(options));
  command("create", "make one now")
    .addOption(appOption())
    .addOption(jsonOption())
    .action(async (options) => setExitCode(await load.backups().create(options)));
  command("verify", "read one from its first byte to its last")
    .argument("<id>")
    .action((id) => load.backups().verify(id));
  command("drill", "restore the newest one into a scratch database and compare")
    .addOption(appOption())
    .action(async (options) => setExitCode(await load.backups().drill(options)));
  command("restore", "put one in the place of the app's database, which is kept")
    .argument("<id>")
    .addOption(appOption())
    .addOption(new Option("--to <app>", "into another app, with a database and a login of its own"))
    .addOption(new Option("--table <table>", "one table alone, beside what is there"))
    .addOption(acceptOption())
    .addOption(yesOption())
    .action(async (id, options) => setExitCode(await load.backupsRestore().restore(id, options)));
  command("undo", "put back what the last restore has replaced; again, what the one before has")
    .addOption(appOption())
    .addOption(yesOption())
    .action((options) => load.backupsRestore().undo(options));
  command("redo", "take the last undo back")
    .addOption(appOption())
    .addOption(yesOption())
    .action((options) => load.backupsRestore().redo(options));
  command("discard", "drop what restores have replaced")
    .addOption(appOption())
    .addOption(yesOption())
    .action((options) => load.backupsRestore().discard(options));
  command("download", "copy one into a file")
    .argument("<id>")
    .addOption(outputOption())
    .addOption(forceOption())
    .action(async (id, options) => setExitCode(await load.backupsFiles().download(id, options)));
  command("export", "dump the database as it is now into a file")
    .addOption(appOption())
    .addOption(outputOption())
    .addOption(forceOption())
    .action(async (options) => setExitCode(await load.backupsFiles().exportNow(options)));
  command("import", "restore a dump of pg_dump's into the app's database, which is kept")
    .argument("<file>")
    .addOption(appOption())
    .addOption(acceptOption())
    .addOption(yesOption())
    .action(async (file, options) => setExitCode(await load.backupsRestore().importFile(file, options)));
  command("clone", "copy the database as it is now into another app's")
    .argument("<app>", "the other app, made where there is none")
    .addOption(appOption())
    .addOption(yesOption())
    .action(async (name, options) => setExitCode(await load.backupsRestore().clone(name, options)));
  command("delete", "delete one")
    .argument("<id>")
    .addOption(yesOption())
    .action((id, options) => load.backups().remove(id, options));
}

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
    .action((directory, options) => load.detect().detect(directory, options));

  program
    .command("deploy")
    .description("detect an app's database, offer to create one, inject DATABASE_URL")
    .argument("[dir]", "the app's folder", ".")
    .addOption(new Option("--app <name>", "the app's name (default: its manifest's, else its folder's)"))
    .addOption(new Option("--plan <plan>", `the plan: ${planNames.join(", ")} (default: free)`))
    .addOption(new Option("--choice <choice>", "answer the question").choices(["create", "url", "skip"]))
    .addOption(new Option("--database-url <url>", "your own database's URL; - reads it from standard input"))
    .addOption(new Option("--mongodb-url <url>", "your MongoDB's URL; - reads it from standard input"))
    .addOption(new Option("--redis-url <url>", "your Redis's URL; - reads it from standard input"))
    .addOption(new Option("--pool", "connect through PgBouncer, so that clients may be more than connections"))
    .addOption(new Option("--no-pool", "connect to the server itself again"))
    .addOption(new Option("--target <target>", "who makes the database (default: local)").choices(["local", "pulumi"]))
    .addOption(new Option("--server <server>", "for pulumi: a platform stack, or the administrator's URL; - reads it"))
    .addOption(new Option("--skip-check", "store your own URL without trying to connect"))
    .addOption(jsonOption())
    .action((directory, options) => load.deploy().deploy(directory, options));

  program
    .command("run")
    .description("run a command with the app's environment")
    .usage("[options] [dir] -- command [args...]")
    .argument("[dir]", "the app's folder", ".")
    .addOption(appOption())
    .addOption(new Option("--migration", "with a login whose statements may take 10 minutes; one at a time"))
    .action(async (directory, options) => {
      const separator = commandLine.indexOf("--");
      const words = separator < 0 ? [] : commandLine.slice(separator + 1);
      setExitCode(await load.run().run(directory, words, options));
    });

  const env = program.command("env").description("the app's environment variables");
  env
    .command("list")
    .description("list the variables, secrets redacted")
    .addOption(appOption())
    .addOption(new Option("--reveal", "show the values"))
    .addOption(jsonOption())
    .action((options) => load.env().listVariables(options));
  env
    .command("get")
    .description("print one variable's value")
    .argument("<name>")
    .addOption(appOption())
    .action((name, options) => load.env().getVariable(name, options));
  env
    .command("set")
    .description("set variables; NAME alone reads the value from standard input")
    .argument("<name[=value]...>")
    .addOption(appOption())
    .addOption(new Option("--skip-check", "store it as it is, without looking at it or trying to connect"))
    .action((assignments, options) => load.env().setVariables(assignments, options));
  env
    .command("unset")
    .description("remove a variable")
    .argument("<name>")
    .addOption(appOption())
    .action((name, options) => load.env().unsetVariable(name, options));

  const db = program.command("db").description("the app's own database");
  db.command("info")
    .description("its id, plan, limits and whether all of its rules hold")
    .addOption(appOption())
    .addOption(jsonOption())
    .action((options) => load.db().info(options));
  db.command("usage")
    .description("what it uses of its plan, and what was done about it")
    .addOption(appOption())
    .addOption(jsonOption())
    .action((options) => load.dbUsage().usage(options));
  db.command("url")
    .description("print its connection URL, password included")
    .addOption(appOption())
    .action((options) => load.db().url(options));
  db.command("plan")
    .description("change its plan; the rows stay")
    .argument("<plan>", planNames.join(", "))
    .addOption(appOption())
    .action((plan, options) => load.db().changePlan(plan, options));
  db.command("rotate")
    .description("give it a new password")
    .addOption(appOption())
    .action((options) => load.db().rotate(options));
  db.command("shell")
    .description("open a SQL shell as the app (psql if there is one)")
    .addOption(appOption())
    .addOption(new Option("--cleanup", "as the owner of its tables, to make room in an app that is over its plan"))
    .action(async (options) => setExitCode(await load.dbShell().shell(options)));
  db.command("destroy")
    .description("drop it, tables and all")
    .addOption(appOption())
    .addOption(new Option("--yes", "do not ask for the app's name"))
    .action((options) => load.db().destroy(options));

  addBackups(program, setExitCode);

  program
    .command("start")
    .description("start the embedded server")
    .action(() => load.server().start());
  program
    .command("stop")
    .description("stop the embedded server")
    .action(() => load.server().stop());
  program
    .command("status")
    .description("say whether the embedded server runs")
    .addOption(jsonOption())
    .action((options) => load.server().status(options));
  program
    .command("upgrade")
    .description("take the embedded server's data to the major version that leash comes with")
    .action(() => load.upgrade().upgrade());
  program
    .command("dashboard")
    .description("serve the apps' environment, databases and backups to a browser of this machine")
    .addOption(
      new Option("--port <port>", "where (default: 7432, or a free one where that is taken); 0 takes a free one"),
    )
    .addOption(new Option("--no-open", "do not open a browser"))
    .action(async (options) => setExitCode(await load.dashboard().dashboard(options, version)));
  program
    .command("doctor")
    .description("check the platform and every app's database, and say how to mend what is wrong")
    .addOption(jsonOption())
    .action(async (options) => setExitCode(await load.doctor().doctor(options)));
  program
    .command("help")
    .description("show the help of a command")
    .argument("[command...]", "`db plan`, for example")
    .action((words) => commandNamed(program, words).outputHelp());
  return program;
}

/** The command of these words; commander's own `help` looks at the first of them alone. */
function commandNamed(program: Command, words: readonly string[]): Command {
  return words.reduce((command, word) => {
    const found = command.commands.find((one) => one.name() === word);
    return found ?? command.error(`error: there is no command '${word}' to show the help of`);
  }, program);
}

/** What stands behind "--" is the command's. Without it nothing can be told apart, so that `run` itself says what it lacks. */
function ownWordsOfRun(commandLine: readonly string[]): readonly string[] {
  const separator = commandLine.indexOf("--");
  if (separator >= 0) return commandLine.slice(0, separator);
  return commandLine.some((word) => word === "--help" || word === "-h") ? ["run", "--help"] : ["run"];
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
    const own = commandLine[0] === "run" ? ownWordsOfRun(commandLine) : commandLine;
    await program.parseAsync(own, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportError(error);
  } finally {
    releaseInput();
  }
}
