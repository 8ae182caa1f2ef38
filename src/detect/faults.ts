import { LeashError } from "../errors";

/** The faults of one app's manifests, collected so that all of them are told at once. */
export class Faults {
  private readonly found: LeashError[] = [];

  /** A file that two others include is at fault once. */
  add(fault: LeashError): void {
    if (!this.found.some(({ message }) => message === fault.message)) this.found.push(fault);
  }

  /** What `read` returns; when it throws a LeashError, that is kept as a fault and `fallback` is returned. */
  collect<T>(read: () => T, fallback: T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof LeashError)) throw error;
      this.add(error);
      return fallback;
    }
  }

  /** @throws LeashError the only fault itself, or `detect/faults` with one detail for each */
  throwIfAny(): void {
    const [first, ...others] = this.found;
    if (first === undefined) return;
    if (others.length === 0) throw first;
    throw new LeashError("detect/faults", `${this.found.length} faults in the app's manifests.`, {
      hint: "Mend each of them; every line names its file.",
      details: this.found.map((fault) => (fault.hint ? `${fault.message} ${fault.hint}` : fault.message)),
    });
  }
}

/** A manifest whose syntax or shape is wrong; `line` and `column` are 1-based. */
export function brokenManifest(
  at: { file: string; line: number; column: number },
  problem: string,
  hint?: string,
): LeashError {
  return new LeashError("detect/broken-manifest", `${at.file}:${at.line}:${at.column}: ${problem}`, {
    hint: hint ?? "Mend the file; the package manager refuses it too.",
  });
}
