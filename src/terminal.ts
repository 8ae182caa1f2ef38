import fs from "node:fs";
import readline from "node:readline";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { escapeControls, LeashError } from "./errors";

/** What was asked for. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Writes a file to standard output, whatever it holds. */
export async function writeFileOut(file: string, signal: AbortSignal): Promise<void> {
  await pipeline(fs.createReadStream(file), process.stdout, { end: false, signal });
}

/** "1 table", "3 tables" */
export function quantity(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** Talk for people. An app's own code may have words in it: they shall not steer the terminal. */
export function say(text: string): void {
  process.stderr.write(`${escapeControls(text)}\n`);
}

export function isInteractive(): boolean {
  return process.stdin.isTTY === true;
}

/** Whether what is typed is for this process. One that a shell runs in the background is stopped by the first try to read. */
export function isForeground(): boolean {
  try {
    // Behind the name in parentheses: state, parent, process group, session, terminal, the terminal's foreground group.
    const [, , group, , , foreground] = fs.readFileSync("/proc/self/stat", "utf8").split(") ").at(-1)!.split(" ");
    return group === foreground;
  } catch {
    // Elsewhere than on Linux nobody says so.
    return true;
  }
}

let pipedLines: AsyncIterator<string> | undefined;

/** The next line of a pipe, or undefined at its end. One reader for the whole process: each question takes a line. */
async function nextPipedLine(): Promise<string | undefined> {
  pipedLines ??= readline.createInterface({ input: process.stdin, terminal: false })[Symbol.asyncIterator]();
  const { value, done } = await pipedLines.next();
  return done ? undefined : value;
}

/** Lets the process end although nobody read the pipe to its end. */
export function releaseInput(): void {
  if (pipedLines) process.stdin.destroy();
}

export interface Question {
  text: string;
  /** Where the question stands; stdout for the deploy flow, whose text is the contract's. */
  output: NodeJS.WriteStream;
  /** The answer is neither shown nor repeated. */
  secret?: boolean;
}

/** Asks on a terminal, or takes the next line of the pipe and repeats it; undefined at the end of input. */
export async function ask(question: Question): Promise<string | undefined> {
  if (isInteractive()) return askTerminal(question);
  const { text, output, secret } = question;
  output.write(text);
  const answer = await nextPipedLine();
  output.write(answer === undefined || secret ? "\n" : `${answer}\n`);
  return answer;
}

function askTerminal({ text, output, secret }: Question): Promise<string | undefined> {
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() });
  // The terminal stops echoing here: the question comes after, or a quick answer would be seen.
  const lines = readline.createInterface({ input: process.stdin, output: secret ? mute : output, terminal: true });
  if (secret) {
    output.write(text);
  } else {
    lines.setPrompt(text);
    lines.prompt();
  }
  return new Promise((resolve) => {
    lines.once("line", (line) => {
      if (secret) output.write("\n");
      resolve(line);
      lines.close();
    });
    lines.once("close", () => resolve(undefined));
    lines.once("SIGINT", () => {
      output.write("\n");
      process.exit(130);
    });
  });
}

/**
 * Asks for the app's name on a terminal, before what destroys or overwrites.
 * @param called what the name is, where an app goes by another one
 * @throws LeashError `<area>/not-confirmed`
 */
export async function confirm(
  app: { name: string },
  area: "db" | "backups",
  what: string,
  called = "name",
): Promise<void> {
  if (!isInteractive()) {
    throw new LeashError(`${area}/not-confirmed`, `${what} was not confirmed.`, {
      hint: "Without a terminal, pass --yes.",
      exitCode: 2,
    });
  }
  const answer = await ask({ text: `Type the app's ${called} to go on: `, output: process.stderr });
  if (answer?.normalize("NFC").trim() === app.name) return;
  throw new LeashError(
    `${area}/not-confirmed`,
    `That is not the app's ${called}; nothing was ${area === "db" ? "dropped" : "restored"}.`,
    { exitCode: 2 },
  );
}

/** All of standard input, without the newline at its end. */
export async function readStandardInput(): Promise<string> {
  let text = "";
  process.stdin.setEncoding("utf8");
  for await (const chunk of process.stdin) text += chunk;
  return text.replace(/\r?\n$/, "");
}

function isPlain(): boolean {
  return !process.stderr.isTTY || Boolean(process.env.CI) || Boolean(process.env.NO_COLOR);
}

/** Shows on stderr what is under way once it takes over half a second: a spinner on a terminal, plain lines elsewhere. */
export async function withProgress<Result>(
  work: (progress: (text: string) => void) => Promise<Result>,
): Promise<Result> {
  let current = "";
  let shown = "";
  let spinner: { text: string; stop(): unknown } | undefined;
  const show = async () => {
    if (!current || current === shown) return;
    shown = current;
    if (isPlain()) {
      say(`${current}…`);
    } else if (spinner) {
      spinner.text = `${current}…`;
    } else {
      const { default: yoctoSpinner } = await import("yocto-spinner");
      spinner = yoctoSpinner({ text: `${current}…`, stream: process.stderr }).start();
    }
  };
  const timer = setInterval(show, 500);
  try {
    return await work((text) => {
      current = text;
    });
  } finally {
    clearInterval(timer);
    spinner?.stop();
  }
}
