import type { Located, Table, TableDocument } from "../documents/document";
import type { Dependency, Scope } from "./manifest";
import { normalizePythonName, parseRequirement } from "./requirement";

/** Dependencies that stand as a list of PEP 508 strings. */
export function listedDependencies(document: TableDocument, path: readonly string[], scope: Scope): Dependency[] {
  return (document.strings(...path) ?? []).flatMap(({ text, place }) => {
    const requirement = parseRequirement(text);
    return requirement === undefined ? [] : { ...requirement, scope, place };
  });
}

/** Dependencies that stand as a table of names, as in Poetry and Pipenv: `psycopg = { version = "^3", extras = […] }`. */
export function tabledDependencies(document: TableDocument, path: readonly string[], scope: Scope): Dependency[] {
  return [...(document.table(...path) ?? [])].map(([key, wanted]) => {
    const name = normalizePythonName(key);
    const [detail] = Array.isArray(wanted.value) ? wanted.value : [wanted];
    const table = detail?.value instanceof Map ? detail.value : undefined;
    if (typeof detail?.value !== "string" && table === undefined) {
      throw document.wrongShape(wanted, [...path, key], "a version or a table");
    }
    const optional = table?.get("optional")?.value === true;
    return {
      name,
      extras: extrasOf(table),
      scope: optional && scope === "runtime" ? "optional" : scope,
      place: document.place(wanted),
    };
  });
}

function extrasOf(table: Table | undefined): string[] {
  const list = table?.get("extras")?.value;
  if (!Array.isArray(list)) return [];
  return list.flatMap(({ value }: Located) => (typeof value === "string" ? normalizePythonName(value) : []));
}
