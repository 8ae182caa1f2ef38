/**
 * How long something has been going on, by this process's own monotonic clock. The server tells an age by the wall clock,
 * which may jump: its word counts only for what was not seen beginning, and never beyond the last look.
 */
export class Ages {
  #began = new Map<string, number>();
  #seen = new Set<string>();
  #lastLook: number | undefined;
  #now = 0;

  /** Begins a look; `now` is monotonic, in milliseconds. */
  begin(now: number): void {
    this.#now = now;
    this.#seen.clear();
  }

  /**
   * @param key is the same for as long as it is the same thing that goes on
   * @param told the server's word, in milliseconds
   */
  of(key: string, told: number): number {
    this.#seen.add(key);
    const known = this.#began.get(key);
    if (known !== undefined) return this.#now - known;
    const longest = this.#lastLook === undefined ? Number.POSITIVE_INFINITY : this.#now - this.#lastLook;
    const age = Math.min(Math.max(told, 0), longest);
    this.#began.set(key, this.#now - age);
    return age;
  }

  /** Ends a look: what was not seen in it is over. */
  end(): void {
    for (const key of this.#began.keys()) if (!this.#seen.has(key)) this.#began.delete(key);
    this.#lastLook = this.#now;
  }
}
