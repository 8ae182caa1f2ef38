const kB = 1024;
const MB = 1024 ** 2;
const GB = 1024 ** 3;

const short = (number: number) => (number < 10 ? number.toFixed(1).replace(/\.0$/, "") : number.toFixed(0));

/** "512 kB", "4.2 MB", "37 MB", "1.5 GB": as the command line counts, a MB being 1024² bytes. */
export function bytes(count: number): string {
  if (count <= 0) return "0 MB";
  // What would round up to the next unit's one belongs to that unit.
  if (count < MB - kB / 2) return `${Math.ceil(count / kB)} kB`;
  if (count < GB - MB / 2) return `${short(count / MB)} MB`;
  return `${short(count / GB)} GB`;
}

/** "37 of 50 MB", "820 MB of 2 GB" */
export function bytesOf(count: number, limit: number): string {
  const [whole, unit] = bytes(limit).split(" ");
  const [part, partUnit] = bytes(count).split(" ");
  if (count <= 0 || partUnit === unit) return `${part} of ${whole} ${unit}`;
  return `${part} ${partUnit} of ${whole} ${unit}`;
}

/** Of 1, for bars: what goes past the limit fills them. */
export const share = (count: number, limit: number) => (limit > 0 ? Math.min(1, Math.max(0, count / limit)) : 0);

export function percent(count: number, limit: number): string {
  const value = limit > 0 ? (count / limit) * 100 : 0;
  if (value > 0 && value < 1) return "under 1 %";
  return `${Math.floor(value)} %`;
}

/** "30 s", "2 min" */
export function duration(ms: number): string {
  return ms >= 60_000 && ms % 60_000 === 0 ? `${ms / 60_000} min` : `${short(ms / 1000)} s`;
}

const units = [
  ["second", 60],
  ["minute", 60],
  ["hour", 24],
  ["day", 7],
  ["week", 4.345],
  ["month", 12],
  ["year", Number.POSITIVE_INFINITY],
] as const;

const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** "3 minutes ago", "just now", "in 2 hours", "yesterday" */
export function relativeTime(at: Date, now: Date): string {
  let amount = (at.getTime() - now.getTime()) / 1000;
  if (Number.isNaN(amount)) return "at an unknown time";
  if (Math.abs(amount) < 10) return "just now";
  for (const [unit, size] of units) {
    if (Math.abs(Math.round(amount)) < size) return words.format(Math.round(amount), unit);
    amount /= size;
  }
  return "";
}

const absolute = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "long" });

/** "Oct 5, 2026, 3:20:11 AM UTC", in the reader's time zone. */
export function absoluteTime(at: Date): string {
  return Number.isNaN(at.getTime()) ? "unknown" : absolute.format(at);
}

const moment = new Intl.DateTimeFormat("en", { weekday: "short", hour: "2-digit", minute: "2-digit", hour12: false });

/** "Tue 14:00" */
export const weekTime = (at: Date) => moment.format(at).replace(",", "");

/** "for 12 s", "for 3 min", "for 2 h" */
export function lasting(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} days`;
}

/** "Every day at 03:20, UTC" of "20 3 * * *, UTC"; other schedules as they are. */
export function schedule(text: string): string {
  const [, minute, hour, rest = ""] = /^(\d{1,2}) (\d{1,2}) \* \* \*(.*)$/.exec(text.trim()) ?? [];
  if (minute === undefined || hour === undefined) return text;
  return `Every day at ${hour.padStart(2, "0")}:${minute.padStart(2, "0")}${rest}`;
}

/** "1 app", "3 apps" */
export const count = (number: number, one: string, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

/** Keeps a name's direction marks from turning the words around it; for text that can't hold a `<bdi>`. */
export const isolated = (name: string) => `\u2068${name}\u2069`;
