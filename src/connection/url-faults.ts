import { LeashError } from "../errors";
import { type ServiceName, services } from "./services";

/** One thing that is wrong with a pasted URL; its texts hold nothing of the URL that could be a secret. */
export interface UrlFault {
  /** A stable code of its own, such as `url/no-host`. */
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** What to say in its place where the app may well mean it. */
  readonly advice?: string;
}

export const longestUrl = 4096;

/** The faults of one value as an error with exit code 2; one fault alone gives it its code. */
export function faultsError(
  service: ServiceName,
  faults: readonly (Omit<UrlFault, "hint"> & { readonly hint?: string })[],
): LeashError {
  const [first, ...others] = faults;
  if (first && others.length === 0) {
    return new LeashError(first.code, first.message, { ...(first.hint && { hint: first.hint }), exitCode: 2 });
  }
  return new LeashError("url/invalid", `The URL has ${faults.length} faults.`, {
    details: faults.map(({ message, hint = "" }) => `${message} ${hint}`.trim()),
    hint: whole(service),
    exitCode: 2,
  });
}

const whole = (service: ServiceName) => `A whole one reads ${services[service].example}.`;

/** What no URL holds, whatever its parts are. */
export function findCharacterFaults(text: string): UrlFault[] {
  const faults: UrlFault[] = [];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) faults.push(controlCharacters);
  if (/[ \u00a0\u2000-\u200a\u202f\u3000]/.test(text)) faults.push(spaces);
  if (/["'`“”‘’;]$/.test(text)) faults.push(quotes);
  return faults;
}

/** The decoded parts of a URL. */
interface Parts {
  user: string;
  password: string | null;
  hosts: readonly string[];
  database: string;
}

export function findPlaceholders({ user, password, hosts, database }: Parts): UrlFault[] {
  const faults: UrlFault[] = [];
  if (password !== null && isPlaceholder(password)) faults.push(placeholderPassword);
  if ([user, database, ...hosts].some((part) => /[[\]<>{}]/.test(part))) faults.push(placeholder);
  return faults;
}

/** Brackets around it, a template's variable, the words "your password", or the dots of a masked one. */
function isPlaceholder(password: string): boolean {
  return (
    /^(?:\[.*\]|<.*>|\$?\{.*\}|%.*%)$/.test(password) ||
    /^(?:[*•●]{3,}|x{3,}|\.{3,}|…)$/i.test(password) ||
    /your[-_ ]?(?:(?:db|database)[-_ ]?)?pass(?:word|(?![a-z]))/i.test(password)
  );
}

export const emptyUrl = (service: ServiceName): UrlFault => ({
  code: "url/empty",
  message: "The URL is empty.",
  hint: whole(service),
});

export const tooLong: UrlFault = {
  code: "url/too-long",
  message: `The URL is longer than ${longestUrl} characters.`,
  hint: "Paste the connection string alone.",
};

const controlCharacters: UrlFault = {
  code: "url/control-characters",
  message: "The URL holds a line break or another control character.",
  hint: "Paste it as one line; a long one may have been broken where it was copied from.",
};

const spaces: UrlFault = {
  code: "url/spaces",
  message: "The URL holds a space.",
  hint: "Paste the connection string alone; a space that belongs to it is written %20.",
};

const quotes: UrlFault = {
  code: "url/quotes",
  message: "The URL ends in a quote or a semicolon.",
  hint: "Paste it without the quotes around it; one that belongs to it is percent-encoded.",
};

const placeholderPassword: UrlFault = {
  code: "url/placeholder-password",
  message: "There is a placeholder where the password belongs.",
  hint: "Put the database's password in its place, without brackets. The provider's dashboard shows or resets it.",
};

const placeholder: UrlFault = {
  code: "url/placeholder",
  message: "There is a placeholder in the user, the host or the database.",
  hint: "Copy the connection string from the provider's dashboard, where it is filled in.",
};

export const noHost = (service: ServiceName): UrlFault => ({
  code: "url/no-host",
  message: "The URL names no host.",
  hint: whole(service),
});

export const noUser = (service: ServiceName): UrlFault => ({
  code: "url/no-user",
  message: "The URL names no user.",
  hint: whole(service),
});

export const noDatabase = (service: ServiceName): UrlFault => ({
  code: "url/no-database-name",
  message: "The URL names no database.",
  hint: `Put its name behind the host. ${whole(service)}`,
});

export const badEncoding = (what: string): UrlFault => ({
  code: "url/percent-encoding",
  message: `The ${what} holds a % that encodes no character.`,
  hint: "Write a % of its own as %25.",
});

/** The port itself is not shown: with an @ left out, what stands there is the password. */
export const badPort = (example: string): UrlFault => ({
  code: "url/bad-port",
  message: "The port is no number from 1 to 65535.",
  hint: `After the last colon of the host comes the port: ${example}. A : or / in the password is written %3A or %2F.`,
});

export const badHost = (address: string): UrlFault => ({
  code: "url/bad-host",
  message: "The host can't be read.",
  hint: `Write HOST:PORT, several with a comma between them, an IPv6 address in brackets: ${address}.`,
});

export const slashInPassword: UrlFault = {
  code: "url/unencoded-password",
  message: "The password seems to hold a / that is not encoded.",
  hint: "In the password write / as %2F and @ as %40.",
};

export const strayHash: UrlFault = {
  code: "url/stray-hash",
  message: "The URL holds a # after the host.",
  hint: "Write # as %23; some drivers drop what follows it.",
};

export const badParameter: UrlFault = {
  code: "url/bad-parameter",
  message: "One of the parameters behind the ? is no name=value.",
  hint: "Parameters are written ?name=value&other=value; an & in a value is written %26.",
};

export const unencodedPassword: UrlFault = {
  code: "url/unencoded-password",
  message: "The password seems to hold a character that must be encoded.",
  hint: "In the password write @ as %40, : as %3A, / as %2F, ? as %3F and # as %23.",
};

export const noPassword = (service: ServiceName): UrlFault => ({
  code: "url/no-password",
  message: "The URL names a user and no password.",
  hint: `The password follows the user and a colon. ${whole(service)}`,
});
