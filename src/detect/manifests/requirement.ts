/** A requirement that names a package: `psycopg[binary]==3.2`. */
export interface Requirement {
  name: string;
  extras: string[];
}

/** A URL, a version control address, or a path. */
const address = /^([a-z][a-z0-9+.-]*:\/\/|git@|file:|[./\\])/i;

const nameAndExtras = /^([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)\s*(?:\[([^\]]*)\])?/i;

/**
 * Parses a PEP 508 requirement, also as pip's files have it: an address with `#egg=`, a wheel's file name. Markers,
 * versions and hashes say nothing about which package it is. Undefined for what names no package (`./local`, `.`).
 */
export function parseRequirement(text: string): Requirement | undefined {
  const words = text.trim();
  if (address.test(words)) return parseAddress(words);
  const match = nameAndExtras.exec(words);
  if (match?.[1] === undefined) return undefined;
  const rest = words.slice(match[0].length).trimStart();
  // Anything else than the end, a version, a marker or an address was no name: `some/local/path`.
  if (rest !== "" && !/^[<>=!~;@(,#]|^--/.test(rest)) return undefined;
  return { name: normalizePythonName(match[1]), extras: parseExtras(match[2]) };
}

/** PEP 503: `Psycopg2.Binary`, `psycopg2_binary` and `psycopg2-binary` are one package. */
export function normalizePythonName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "-");
}

function parseAddress(words: string): Requirement | undefined {
  const egg = /[#&]egg=([^&\s]+)/.exec(words)?.[1];
  if (egg !== undefined) return parseRequirement(decodeQuietly(egg));
  // A wheel's name begins with its package: psycopg2-2.9.9-cp312-….whl
  const wheel = /\/([a-z0-9._]+)-[^/-]+-[^/]+\.whl\b/i.exec(words)?.[1];
  return wheel === undefined ? undefined : { name: normalizePythonName(wheel), extras: [] };
}

function parseExtras(list: string | undefined): string[] {
  const extras = (list ?? "").split(",").map((extra) => extra.trim());
  return extras.filter((extra) => extra !== "").map(normalizePythonName);
}

function decodeQuietly(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
