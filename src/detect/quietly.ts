/** What `work` gives, or undefined where it throws: what is no manifest of the app's need not be sound, and others tell it better. */
export function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
