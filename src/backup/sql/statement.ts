import { LeashError } from "../../errors";
import { tableKey } from "../dumps";

/** What a restore does with a statement. */
export type Treatment =
  /** Is sent, together with others. */
  | "run"
  /** Is sent alone: what follows depends on what it sets. */
  | "alone"
  | "skip";

const name = String.raw`(?:"(?:[^"]|"")*"|[\w$\u0080-\uffff]+)`;
const rule = (pattern: string) => new RegExp(`^(?:${pattern})`, "i");

/** Order is priority. */
const rules: readonly (readonly [RegExp, Treatment])[] = [
  // Everything is to be the login's, which is no superuser.
  [rule(String.raw`ALTER\s(?!.*\sRENAME\s+(?:[A-Z]+\s+)?OWNER\s+TO\s).*\sOWNER\s+TO\s+${name}\s*$`), "skip"],
  [rule(String.raw`(?:CREATE|ALTER|DROP)\s+(?:ROLE|USER(?!\s+MAPPING)|GROUP|DATABASE|TABLESPACE)\b`), "skip"],
  [rule(String.raw`REASSIGN\s+OWNED\b|ALTER\s+SYSTEM\b|SECURITY\s+LABEL\b`), "skip"],
  [rule(String.raw`(?:CREATE|ALTER|DROP|COMMENT\s+ON)\s+(?:PUBLICATION|SUBSCRIPTION)\b`), "skip"],
  [rule(String.raw`(?:SET|RESET)\s+(?:LOCAL\s+|SESSION\s+)?(?:ROLE|SESSION\s+AUTHORIZATION)\b`), "skip"],
  // What is not at hand elsewhere, or would keep rows from their owner.
  [rule(String.raw`SET\s+(?:SESSION\s+)?(?:default_tablespace|row_security|client_encoding)\b`), "skip"],
  // A server's own note since the minor releases of November 2026, which older clients don't leave out.
  [rule(String.raw`ALTER\s+TABLE\s.*\sALTER\s+COLUMN\s.*\sSET\s+\(pg_attver=\d+\)\s*$`), "skip"],
  // A failure of one statement shall not undo others.
  [rule(String.raw`(?:BEGIN|START\s+TRANSACTION|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE)\b`), "skip"],
  [rule(String.raw`SET\b|RESET\b|DISCARD\b|SELECT\s+(?:pg_catalog\.)?(?:set_config\b|lo_|lowrite\b)`), "alone"],
];

const grants = rule(String.raw`GRANT|REVOKE|ALTER\s+DEFAULT\s+PRIVILEGES`);

/** Heads tell what a statement is; the rest may be a gigabyte of values. */
const mostHead = 4_096;

export function treatmentOf(statement: string, { withoutGrants = false } = {}): Treatment {
  // Owners are at the end.
  const text = (statement.length > mostHead ? statement.slice(0, mostHead) : statement).replace(/\s+/g, " ").trim();
  if (withoutGrants && grants.test(text)) return "skip";
  return rules.find(([pattern]) => pattern.test(text))?.[1] ?? "run";
}

/** For `kindOf`: a statement's head, and the kind as pg_dump would name it. */
const kinds: readonly (readonly [RegExp, string])[] = [
  [rule("GRANT|REVOKE"), "ACL"],
  [rule(String.raw`ALTER\s+DEFAULT\s+PRIVILEGES`), "DEFAULT ACL"],
  [rule("COMMENT"), "COMMENT"],
  [rule(String.raw`DROP\b`), "DROP"],
  [
    rule(
      String.raw`ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?${name}(?:\.${name})?\s+(?:ALTER\s+COLUMN\s+${name}\s+DROP\s+DEFAULT|DROP\s+CONSTRAINT\s+(?:IF\s+EXISTS\s+)?${name})\s*$`,
    ),
    "DROP",
  ],
  [rule("COPY|INSERT"), "TABLE DATA"],
  [rule(String.raw`SELECT\s+(?:pg_catalog\.)?setval\b`), "SEQUENCE SET"],
  [rule(String.raw`SELECT\s+(?:pg_catalog\.)?lo(?:_|write\b)`), "BLOBS"],
  [rule(String.raw`REFRESH\s+MATERIALIZED\s+VIEW`), "MATERIALIZED VIEW DATA"],
  [rule(String.raw`ALTER\s+TABLE[\s\S]*\sFOREIGN\s+KEY\b`), "FK CONSTRAINT"],
  [rule(String.raw`ALTER\s+TABLE[\s\S]*\sADD\s+CONSTRAINT\b`), "CONSTRAINT"],
];

const noise = /^(?:OR REPLACE|UNIQUE|UNLOGGED|TEMP|TEMPORARY|GLOBAL|LOCAL|RECURSIVE|TRUSTED|PROCEDURAL|DEFAULT) /;
const twoWords =
  /^(?:MATERIALIZED VIEW|FOREIGN TABLE|EVENT TRIGGER|OPERATOR CLASS|OPERATOR FAMILY|USER MAPPING|TEXT SEARCH \w+)/;

/** A statement's kind as pg_dump names it (`TABLE`, `FK CONSTRAINT`), or its first word. */
export function kindOf(statement: string): string {
  const text = statement.slice(0, mostHead).replace(/\s+/g, " ");
  const known = kinds.find(([pattern]) => pattern.test(text));
  if (known) return known[1];
  let rest = text.replace(/^(?:CREATE|ALTER|DROP) /i, "").toUpperCase();
  while (noise.test(rest)) rest = rest.replace(noise, "");
  return twoWords.exec(rest)?.[0] ?? /^\w*/.exec(rest)![0];
}

const tableHead = new RegExp(
  String.raw`^(?:CREATE\s+(?:UNLOGGED\s+)?TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?|COPY\s+(?:ONLY\s+)?|INSERT\s+INTO\s+(?:ONLY\s+)?)(${name})(?:\s*\.\s*(${name}))?`,
  "i",
);

/** The table that a statement makes or fills, by its `tableKey`; of a bare name the schema is `public`. */
export function tableOf(statement: string): string | undefined {
  const [, first, second] = tableHead.exec(statement.slice(0, mostHead)) ?? [];
  if (first === undefined) return undefined;
  const [schema, table] = second === undefined ? ["public", plain(first)] : [plain(first), plain(second)];
  return tableKey({ schema, name: table });
}

const plain = (written: string) =>
  written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written.toLowerCase();

/** What UTF-8 holds anyway. */
const readable = /^(?:utf-?8|unicode|sql_ascii)$/i;

/** @throws LeashError `restore/unsupported-encoding` */
export function assertReadable(statement: string): void {
  const encoding = /^SET\s+client_encoding\s*(?:=|TO)\s*'?([\w-]+)/i.exec(statement)?.[1];
  if (encoding === undefined || readable.test(encoding)) return;
  throw new LeashError("restore/unsupported-encoding", `The dump is in ${encoding}; only UTF-8 can be restored.`, {
    exitCode: 2,
    hint: "Dump it again with `pg_dump --encoding=UTF8`.",
  });
}
