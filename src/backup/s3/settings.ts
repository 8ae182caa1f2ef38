import * as z from "zod/mini";

/** Keys of one store stand in a folder of their own: `backups` and `backups/` are the same one. */
function asFolder(prefix: string): string {
  const inner = prefix.split("/").filter((part) => part !== "");
  return inner.map((part) => `${part}/`).join("");
}

/** An S3-compatible service's address; keys in it would be shown wherever it is. */
const endpointSchema = z.url({ protocol: /^https?$/ }).check(
  z.refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return url?.username === "" && url.password === "" && url.search === "" && url.hash === "";
  }, "An endpoint is an address alone: no user, no password, no query."),
);

/** Where in S3, or in what speaks its language, backups are kept. */
export const s3SettingsSchema = z
  .object({
    bucket: z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/)),
    /** The folder inside the bucket. */
    prefix: z._default(z.pipe(z.string(), z.transform(asFolder)), ""),
    region: z._default(z.string().check(z.minLength(1)), "us-east-1"),
    /** Only for a service that is not Amazon's. */
    endpoint: z.optional(endpointSchema),
    /** Whether the bucket's name stands in the path and not in the host's name; default: where there is an endpoint. */
    forcePathStyle: z.optional(z.boolean()),
    /** Without keys they are looked for where Amazon's programs look: environment, `~/.aws`, the machine's role. */
    accessKeyId: z.optional(z.string().check(z.minLength(1))),
    secretAccessKey: z.optional(z.string().check(z.minLength(1))),
  })
  .check(
    z.refine(
      (settings) => (settings.accessKeyId === undefined) === (settings.secretAccessKey === undefined),
      "accessKeyId and secretAccessKey come together.",
    ),
  );

export type S3Settings = z.infer<typeof s3SettingsSchema>;

/** `s3://bucket/prefix (minio.local:9000)`: for people; no secret. */
export function describeS3Place({ bucket, prefix, endpoint }: S3Settings): string {
  const place = `s3://${bucket}/${prefix}`.replace(/\/$/, "");
  return endpoint === undefined ? place : `${place} (${new URL(endpoint).host})`;
}
