import type { Detection } from "../src/detect/types";

/** Beside the connection's URL; every driver built on libpq reads them, and so do others. */
const libpqVariables = [
  ["host", "PGHOST"],
  ["port", "PGPORT"],
  ["user", "PGUSER"],
  ["password", "PGPASSWORD"],
  ["database", "PGDATABASE"],
] as const;

/**
 * What the program at launch reads: lines of `<type> <part> <variable>`, service by service, the URLs first. It holds no
 * value of any.
 */
export function renderServices({ services }: Pick<Detection, "services">): string {
  const lines = services.flatMap(({ service, reads }) => {
    const all = [
      ...reads.map(({ name, part }) => ({ name, part })),
      ...(service === "postgresql" ? libpqVariables.map(([part, name]) => ({ name, part })) : []),
    ];
    const known = new Map(all.filter(({ name }) => /^[A-Za-z_]\w*$/.test(name)).map((one) => [one.name, one]));
    const urlsFirst = [...known.values()].sort((a, b) => Number(b.part === "url") - Number(a.part === "url"));
    return urlsFirst.map(({ name, part }) => `${service} ${part} ${name}\n`);
  });
  return lines.join("");
}
