import { errorCode, errorMessage, LeashError } from "../../errors";
import { describeFileError } from "../../files";
import { describeS3Place, type S3Settings } from "./settings";

const deniedNames = [
  ...["AccessDenied", "AllAccessDisabled", "AccountProblem", "InvalidAccessKeyId", "SignatureDoesNotMatch"],
  ...["ExpiredToken", "InvalidToken", "RequestTimeTooSkewed", "CredentialsProviderError", "Unauthorized", "Forbidden"],
];
const noBucketNames = ["NoSuchBucket", "InvalidBucketName"];
const otherRegionNames = ["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"];

const unreachableCodes = [
  ...["ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ENETDOWN"],
  ...["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "EPROTO", "ERR_STREAM_PREMATURE_CLOSE"],
];

interface Answer {
  name: string;
  /** Undefined where none came. */
  status: number | undefined;
  /** Of the system's error, which may stand behind the SDK's. */
  code: string | undefined;
}

function readAnswer(cause: unknown): Answer {
  const { name, $metadata } = (cause ?? {}) as { name?: unknown; $metadata?: { httpStatusCode?: unknown } };
  const status = $metadata?.httpStatusCode;
  const behind = cause instanceof Error ? cause.cause : undefined;
  return {
    name: typeof name === "string" ? name : "Error",
    status: typeof status === "number" ? status : undefined,
    code: errorCode(cause) ?? errorCode(behind),
  };
}

/** Whether the service itself said that there is no such object: any page that is not there is answered with 404. */
export const isNotFound = (cause: unknown): boolean => readAnswer(cause).name === "NoSuchKey";

const isMistrusted = ({ status, code = "" }: Answer): boolean =>
  status === undefined && /CERT|UNABLE_TO_|_SSL_|_TLS_/.test(code);

const isUnreachable = ({ name, status, code = "" }: Answer): boolean =>
  name === "TimeoutError" || (status === undefined && unreachableCodes.includes(code));

/**
 * Says what failed in terms of the settings. The SDK's own error is not passed on as the cause: it holds the whole
 * answer and, in some, the request.
 *
 * @param what a sentence's begin: "The backups can't be listed"
 */
export function describeS3Error(cause: unknown, what: string, settings: S3Settings): LeashError {
  if (cause instanceof LeashError) return cause;
  const answer = readAnswer(cause);
  const place = describeS3Place(settings);
  const fail = (code: string, hint: string) =>
    new LeashError(code, `${what}: ${place} ${reasonOf(cause, answer, settings)}`, { hint });

  const { syscall, path: file = "a dump's copy" } = cause as { syscall?: string; path?: string };
  const described = syscall === "connect" ? cause : describeFileError(cause, file);
  if (described instanceof LeashError) return described;
  if (isMistrusted(answer)) {
    return fail(
      "backup/store-unreachable",
      "Its certificate is not one that this machine trusts: name the authority's file in NODE_EXTRA_CA_CERTS.",
    );
  }
  if (isUnreachable(answer)) {
    return fail(
      "backup/store-unreachable",
      "Look whether the endpoint's address and port are right and whether this machine gets there; then run it again.",
    );
  }
  if (noBucketNames.includes(answer.name)) {
    return fail("backup/store-no-bucket", "Make the bucket, or correct its name; leash makes none by itself.");
  }
  if (otherRegionNames.includes(answer.name) || answer.status === 301) {
    return fail("backup/store-failed", `The bucket is not in the region ${settings.region}: set its own.`);
  }
  if (deniedNames.includes(answer.name) || answer.status === 401 || answer.status === 403) {
    return fail("backup/store-denied", deniedHint(answer.name));
  }
  return fail(
    "backup/store-failed",
    answer.status !== undefined && (answer.status >= 500 || answer.status === 429)
      ? "The fault is the service's: run it again later."
      : "Look whether the endpoint is that of an S3 API and whether the region is right.",
  );
}

function deniedHint(name: string): string {
  if (name === "CredentialsProviderError") return "Set accessKeyId and secretAccessKey, or give the machine a role.";
  if (name === "RequestTimeTooSkewed")
    return "Set this machine's clock: the service refuses what is signed at another time.";
  return (
    "Look at the keys and what they may: s3:ListBucket and s3:ListBucketMultipartUploads on the bucket; s3:GetObject, " +
    "s3:PutObject, s3:DeleteObject and s3:AbortMultipartUpload on what is in it."
  );
}

/** The service's own words, which may be anything: one line, not long, without the key. */
function reasonOf(cause: unknown, { name, status, code }: Answer, settings: S3Settings): string {
  const said = errorMessage(cause)
    // The SDK's advice to its programmer.
    .replace(/Deserialization error: .*$/s, "")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .trim()
    .replace(/\.$/, "");
  const secret = settings.secretAccessKey;
  // Some errors of connections have a code and no words.
  const words = (secret === undefined ? said : said.replaceAll(secret, "***")).slice(0, 300) || (code ?? name);
  if (name === "CredentialsProviderError") return `takes keys, and there are none (${words}).`;
  if (status === undefined) return `did not answer (${words}).`;
  // An answer without a body, as HEAD has them.
  if (words === "UnknownError") return `answered ${status}.`;
  return name === words || name === "Error" ? `answered ${status}: ${words}.` : `answered ${status} ${name}: ${words}.`;
}
