import type { DatabaseFacts } from "../../api";
import type { ChartPoint } from "./chart-lines";

type Usage = NonNullable<DatabaseFacts["usage"]>;

interface Sample {
  at: number;
  bytes: number;
  connections: number;
}

/** A quarter of an hour of them. */
const kept = 300;
const samples = new Map<string, Sample[]>();

/** Keeps what was measured while the page is open, also from one tab to the next. */
export function addSample(app: string, usage: Usage, at: number): void {
  const list = samples.get(app) ?? [];
  list.push({ at, bytes: usage.storage.bytes, connections: usage.connections.used });
  samples.set(app, list.slice(-kept));
}

export type Figure = "bytes" | "connections";

export const liveSeries = (app: string, figure: Figure): ChartPoint[] =>
  (samples.get(app) ?? []).map((sample) => ({ at: sample.at, value: sample[figure] }));

/** The hours of the last days, and now. */
export function weekSeries(app: string, history: DatabaseFacts["history"], figure: Figure): ChartPoint[] {
  const hours = history.map((point) => ({ at: Date.parse(point.at), value: point[figure] }));
  const now = samples.get(app)?.at(-1);
  return now ? [...hours, { at: now.at, value: now[figure] }] : hours;
}
