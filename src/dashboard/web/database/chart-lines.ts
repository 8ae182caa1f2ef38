export interface ChartPoint {
  /** Milliseconds. */
  at: number;
  value: number;
}

interface Scale {
  x(at: number): number;
  y(value: number): number;
  /** The value at the top edge. */
  top: number;
}

/** The line uses the room that there is; the limit comes into sight where the values are near it. */
export function scale(points: readonly ChartPoint[], limit: number, width: number, height: number): Scale {
  const [from, to] = [points[0]!.at, points.at(-1)!.at];
  const most = Math.max(...points.map(({ value }) => value));
  const top = most > limit * 0.6 ? Math.max(most, limit) * 1.08 : Math.max(most * 1.25, limit / 1000);
  const round = (number: number) => Math.round(number * 10) / 10;
  return {
    top,
    x: (at) => (to > from ? round(((at - from) / (to - from)) * width) : width),
    y: (value) => round(height - 1 - (value / top) * (height - 6)),
  };
}

/** The paths of the line and of what is under it, with gaps where nothing was measured. */
export function outline(points: readonly ChartPoint[], gapMs: number, { x, y }: Scale): { line: string; area: string } {
  const runs: ChartPoint[][] = [];
  for (const point of points) {
    const run = runs.at(-1);
    if (run && point.at - run.at(-1)!.at <= gapMs) run.push(point);
    else runs.push([point]);
  }
  const paths = runs.map((run) => run.map(({ at, value }) => `${x(at)} ${y(value)}`).join("L"));
  // A point alone is a line to itself, which a round end makes a dot.
  const line = paths.map((path, index) => `M${path}${runs[index]!.length === 1 ? "h0" : ""}`).join("");
  const area = runs
    .map((run, index) =>
      run.length > 1 ? `M${x(run[0]!.at)} ${y(0)}L${paths[index]}L${x(run.at(-1)!.at)} ${y(0)}Z` : "",
    )
    .join("");
  return { line, area };
}

export function nearest(points: readonly ChartPoint[], at: number): ChartPoint {
  return points.reduce((one, other) => (Math.abs(other.at - at) < Math.abs(one.at - at) ? other : one));
}
