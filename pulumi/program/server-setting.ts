import * as z from "zod/mini";
import { parseLibpqUri } from "../../src/connection/libpq-uri";
import { LeashError } from "../../src/errors";
import type { Server } from "../server";

/** Where the app's database is to be made. */
export type ServerSetting = { kind: "stack"; reference: string } | { kind: "connection"; connection: Server };

const sslModes = ["disable", "require", "verify-ca", "verify-full"] as const;

const filled = z.string({ error: "is missing" }).check(z.minLength(1, { error: "is empty" }));
const connectionSchema = z.strictObject(
  {
    host: filled,
    port: z.optional(
      z
        .union([z.number(), z.pipe(z.string().check(z.regex(/^\d+$/)), z.transform(Number))], { error: "is no port" })
        .check(z.minimum(1, { error: "is no port" }), z.maximum(65_535, { error: "is no port" })),
    ),
    username: filled,
    password: filled,
    sslmode: z.optional(z.enum(sslModes, { error: `is none of ${sslModes.join(", ")}` })),
    sslrootcert: z.optional(filled),
    superuser: z.optional(
      z.union(
        [
          z.boolean(),
          z.pipe(
            z.enum(["true", "false"]),
            z.transform((text) => text === "true"),
          ),
        ],
        {
          error: "is neither true nor false",
        },
      ),
    ),
    socketDirectory: z.optional(z.string().check(z.regex(/^\//, { error: "is no absolute path" }))),
    poolSocketDirectory: z.optional(z.string().check(z.regex(/^\//, { error: "is no absolute path" }))),
    socketVolume: z.optional(filled),
  },
  {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? `knows nothing of ${(issue.keys as string[]).map((key) => JSON.stringify(key)).join(", ")}`
        : "is no object",
  },
);

const forms =
  "It is a platform stack (organization/project/stack) with an output `server`, or postgresql://ADMIN:PASSWORD@HOST:5432/?sslmode=require.";

/**
 * Reads a server: a stack's name, a `postgresql://` URL of its administrator, or the JSON of `ServerArgs`.
 * @throws LeashError `server/invalid`; nothing of the text is in it, since a password may be
 */
export function parseServerSetting(text: string): ServerSetting {
  const value = text.trim();
  if (value.startsWith("{")) return { kind: "connection", connection: check(readJson(value)) };
  if (/^postgres(ql)?:\/\//i.test(value)) return { kind: "connection", connection: check(readUrl(value)) };
  if (/^[\w.-]+\/[\w.-]+\/[\w.-]+$/.test(value)) return { kind: "stack", reference: value };
  throw invalid("It is neither a stack's name nor a URL.", [], forms);
}

/** Checks a server that comes from outside as data, such as another stack's output. */
export function checkServerConnection(value: unknown): Server {
  return check(value);
}

function check(value: unknown): Server {
  const { success, data, error } = connectionSchema.safeParse(value);
  if (success) {
    const {
      port = 5432,
      sslmode = "require",
      superuser = true,
      sslrootcert,
      socketDirectory,
      poolSocketDirectory,
      socketVolume,
      ...login
    } = data;
    return {
      ...{ ...login, port, sslmode, superuser },
      ...(sslrootcert !== undefined && { sslrootcert }),
      ...(socketDirectory !== undefined && { socketDirectory }),
      ...(poolSocketDirectory !== undefined && { poolSocketDirectory }),
      ...(socketVolume !== undefined && { socketVolume }),
    };
  }
  throw invalid(
    "It does not tell how to reach the server.",
    error.issues.map(({ path, message }) => `${path.length > 0 ? path.join(".") : "it"} ${message}`),
    forms,
  );
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own words would quote the text.
    throw invalid("It begins like JSON and is none.", [], forms);
  }
}

function readUrl(text: string): Record<string, unknown> {
  const { uri, faults } = parseLibpqUri(text.slice(text.indexOf("://") + 3));
  const [first, ...others] = uri.hosts;
  const found = faults.map(({ message, hint }) => `${message} ${hint}`);
  if (others.length > 0) found.push("It names several hosts.");
  if (uri.database !== "" && uri.database !== "postgres") {
    found.push("It names a database; the administrator's sessions begin in postgres.");
  }
  if (found.length > 0) throw invalid("Its URL is wrong.", found, forms);
  return {
    ...Object.fromEntries(uri.parameters),
    host: first?.host ?? "",
    port: first?.port,
    username: uri.user,
    password: uri.password ?? "",
  };
}

function invalid(message: string, details: string[], hint: string): LeashError {
  return new LeashError("server/invalid", message, { details, hint, exitCode: 2 });
}
