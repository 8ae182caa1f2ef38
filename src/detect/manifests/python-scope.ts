import type { Scope } from "./manifest";

/** Words in a name that say: not where the app runs. `requirements-dev.txt`, `requirements/test.txt`, the extra `docs`. */
const developmentWords =
  /(^|[^a-z])(dev|devel|develop|development|local|tests?|testing|unittests?|e2e|lint|linting|linters?|docs?|documentation|ci|tox|nox|tools|typing|types|mypy|bench|benchmarks?|coverage|style|quality|qa|debug|examples?)([^a-z]|$)/;

/** Words in a file's name that say: for those who want it. */
const optionalWords =
  /(^|[^a-z])(optional|optionals|extras?|postgres|postgresql|pgsql|pg|psycopg|mysql|sqlite|mongo|mongodb|redis)([^a-z]|$)/;

/** Whether a group, an extra or a file of requirements is by its name for those who work on the app. */
export function isForDevelopment(name: string): boolean {
  return developmentWords.test(name.toLowerCase());
}

/** An extra is installed only for those who ask for it, as whoever runs the app does for the one of that name. */
export function scopeOfExtra(name: string): Scope {
  if (/^prod(uction)?$/.test(name)) return "runtime";
  return isForDevelopment(name) ? "development" : "optional";
}

export function scopeOfRequirementsFile(file: string): Scope {
  if (isForDevelopment(file)) return "development";
  return optionalWords.test(file.toLowerCase()) ? "optional" : "runtime";
}
