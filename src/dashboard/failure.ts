import type { ContentfulStatusCode } from "hono/utils/http-status";
import { escapeControls, LeashError } from "../errors";
import type { Failure, NamedCheck } from "./api";

/** A refusal with its status; what the page shows of it is a `Failure`. */
export class RequestError extends LeashError {
  constructor(
    readonly status: ContentfulStatusCode,
    code: string,
    message: string,
    options: { hint?: string; details?: readonly string[] } = {},
    readonly checks?: NamedCheck[],
  ) {
    super(code, message, options);
  }
}

/** Stable codes of the platform's whose meaning HTTP has a number for. */
const statusOfCode: Readonly<Record<string, ContentfulStatusCode>> = {
  "app/not-found": 404,
  "backup/not-found": 404,
  "backup/bad-id": 404,
  "db/none": 404,
  "env/not-set": 404,
};

export function statusOf(error: unknown): ContentfulStatusCode {
  if (error instanceof RequestError) return error.status;
  if (!(error instanceof LeashError)) return 500;
  return statusOfCode[error.code] ?? (error.exitCode === 2 ? 422 : 409);
}

export function toFailure(error: unknown): Failure {
  const checks = error instanceof RequestError && error.checks ? { checks: error.checks } : {};
  return { error: toFault(error), ...checks };
}

export function toFault(error: unknown): Failure["error"] {
  if (!(error instanceof LeashError)) {
    return {
      code: "internal",
      message: "Something failed that leash did not foresee.",
      hint: "The terminal in which the dashboard was started says more; please report it.",
    };
  }
  return {
    code: error.code,
    message: escapeControls(error.message),
    ...(error.hint && { hint: error.hint }),
    ...(error.details.length > 0 && { details: error.details.map(escapeControls) }),
  };
}
