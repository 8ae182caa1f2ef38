export interface LeashErrorOptions {
  /** How to mend it, as a sentence that a user can act on. */
  hint?: string;
  /** 1 (failed) unless the caller's words were wrong: then 2. */
  exitCode?: 1 | 2;
  /** Further faults of the same input, one line each. */
  details?: readonly string[];
  cause?: unknown;
}

/**
 * An error whose text is meant for users: what failed, the value, how to mend it, and a stable lower-case code
 * (`state/disk-full`). Never put a password, or a URL with one, into any of its parts.
 */
export class LeashError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly exitCode: 1 | 2;
  readonly details: readonly string[];

  constructor(code: string, message: string, options: LeashErrorOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "LeashError";
    this.code = code;
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 1;
    this.details = options.details ?? [];
  }
}

/** What is told of an error, line by line: what, the details, how to mend it, the code. */
export function errorLines({ message, details, hint, code }: LeashError): string[] {
  return [
    `✗ ${message}`,
    ...details.map((detail) => `  - ${detail.replace(/\s*\n\s*/g, " ")}`),
    ...(hint ? [`  ${hint}`] : []),
    `  [${code}]`,
  ];
}

/** The `code` of a system or PostgreSQL error (`ENOENT`, `3D000`), or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** The message of whatever was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Control characters as words (`\\x1b`), but for line breaks and tabs. */
export function escapeControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (sign) => {
    return `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}
