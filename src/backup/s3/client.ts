import { S3Client } from "@aws-sdk/client-s3";
import type { S3Settings } from "./settings";

/** How long the store waits, and how often it tries. */
export interface S3Waits {
  /** Until a connection stands; milliseconds. */
  connectMs: number;
  /** Until anything moves on a connection; milliseconds. */
  idleMs: number;
  /** From a request's begin to its answer's; milliseconds. */
  requestMs: number;
  /** How often a request is sent, all in all. */
  attempts: number;
}

/** A part of 8 MiB takes a line of 100 kbit/s eleven minutes. */
export const usualWaits: S3Waits = { connectMs: 10_000, idleMs: 60_000, requestMs: 900_000, attempts: 4 };

export function createS3Client(settings: S3Settings, waits: S3Waits): S3Client {
  const { region, endpoint, accessKeyId, secretAccessKey } = settings;
  return new S3Client({
    region,
    forcePathStyle: settings.forcePathStyle ?? endpoint !== undefined,
    ...(endpoint === undefined ? { followRegionRedirects: true } : { endpoint }),
    ...(accessKeyId !== undefined &&
      secretAccessKey !== undefined && { credentials: { accessKeyId, secretAccessKey } }),
    maxAttempts: waits.attempts,
    retryMode: "standard",
    // Others than Amazon refuse the checksum headers. The signature covers each body's SHA-256 with all of them.
    requestChecksumCalculation: endpoint === undefined ? "WHEN_SUPPORTED" : "WHEN_REQUIRED",
    // What is read is compared with its manifest.
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      connectionTimeout: waits.connectMs,
      socketTimeout: waits.idleMs,
      requestTimeout: waits.requestMs,
      throwOnRequestTimeout: true,
    },
  });
}
