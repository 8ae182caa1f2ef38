/**
 * What a group of tests needs that a machine may lack. Where it is missing, that is said at once, and the tests are
 * skipped by `describe.skipIf`.
 */
export function requirement(tests: string, find: () => string | undefined): string | undefined {
  const missing = find();
  if (missing !== undefined) console.warn(`SKIPPED: ${tests}, for want of ${missing}`);
  return missing;
}
