/** Bytes that are added behind and taken off in front; each byte is copied a few times at most, however long it stays. */
export class GrowingBuffer {
  private store: Buffer = Buffer.alloc(64 * 1024);
  private first = 0;
  private last = 0;

  get length(): number {
    return this.last - this.first;
  }

  append(chunk: Uint8Array): void {
    if (this.last + chunk.length > this.store.length) {
      const length = this.length + chunk.length;
      const store = length * 2 > this.store.length ? Buffer.allocUnsafe(length * 2) : this.store;
      this.store.copy(store, 0, this.first, this.last);
      [this.store, this.first, this.last] = [store, 0, this.length];
    }
    this.store.set(chunk, this.last);
    this.last += chunk.length;
  }

  dropFirst(count: number): void {
    this.first += count;
  }

  /** NaN behind the end. */
  at(place: number): number {
    return place < this.length ? this.store[this.first + place]! : Number.NaN;
  }

  /** Not a copy: it holds until more is added. */
  slice(start: number, end: number): Buffer {
    return this.store.subarray(this.first + start, this.first + end);
  }

  indexOf(what: number | Buffer, from: number): number {
    return this.store.subarray(this.first, this.last).indexOf(what, from);
  }
}
