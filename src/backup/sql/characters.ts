import type { GrowingBuffer } from "./growing-buffer";

export const [newline, doubleQuote, dollar, quote] = [0x0a, 0x22, 0x24, 0x27] as const;
export const [openParen, closeParen, star, dash, slash] = [0x28, 0x29, 0x2a, 0x2d, 0x2f] as const;
export const [semicolon, backslash] = [0x3b, 0x5c] as const;
const [tab, carriageReturn, space, dot] = [0x09, 0x0d, 0x20, 0x2e] as const;

export const isSpace = (byte: number) => byte === space || (byte >= tab && byte <= carriageReturn);
export const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;
const isLetter = (byte: number) => (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
/** Bytes of characters beyond ASCII are letters for PostgreSQL, all of them. */
export const startsWord = (byte: number) => isLetter(byte) || byte === 0x5f || byte >= 0x80;
export const goesOnWord = (byte: number) => startsWord(byte) || isDigit(byte) || byte === dollar;

/**
 * Where the line `\.` that starts at `place` ends; undefined where the line is another one, "more" where that can't be told yet.
 *
 * @param ended whether no more bytes will come
 */
export function endOfRows(bytes: GrowingBuffer, place: number, ended: boolean): number | "more" | undefined {
  const [second, third, fourth] = [1, 2, 3].map((offset) => bytes.at(place + offset)) as [number, number, number];
  if (Number.isNaN(second)) return ended ? undefined : "more";
  if (second !== dot) return undefined;
  if (third === newline) return place + 3;
  if (Number.isNaN(third)) return ended ? place + 2 : "more";
  if (third !== carriageReturn) return undefined;
  if (fourth === newline) return place + 4;
  return Number.isNaN(fourth) && !ended ? "more" : undefined;
}
