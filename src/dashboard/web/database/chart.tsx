import { useId, useState } from "preact/hooks";
import { absoluteTime, weekTime } from "../format";
import { type ChartPoint, nearest, outline, scale } from "./chart-lines";

const width = 600;
const height = 96;

interface ChartProps {
  /** "Storage over seven days" */
  title: string;
  points: ChartPoint[];
  limit: number;
  /** Between two points that are further apart nothing was measured. */
  gapMs: number;
  format: (value: number) => string;
}

/** A line of what was measured, the same as a table for who does not see it. */
export function Chart({ title, points, limit, gapMs, format }: ChartProps) {
  const [looked, setLooked] = useState<ChartPoint | null>(null);
  const gradient = useId();
  if (points.length < 2) return <p class="chart-empty dim">There is nothing to compare with yet.</p>;
  const scaled = scale(points, limit, width, height);
  const { line, area } = outline(points, gapMs, scaled);
  const [first, last] = [points[0]!, points.at(-1)!];
  const most = points.reduce((one, other) => (other.value > one.value ? other : one));
  const look = (event: PointerEvent) => {
    const { left, width: seen } = (event.currentTarget as Element).getBoundingClientRect();
    setLooked(nearest(points, first.at + ((event.clientX - left) / seen) * (last.at - first.at)));
  };
  return (
    <figure class="chart">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}: ${format(first.value)} at first, ${format(last.value)} at last, at most ${format(most.value)}`}
        onPointerMove={look}
        onPointerLeave={() => setLooked(null)}
      >
        <defs>
          <linearGradient id={gradient} x1="0" x2="0" y1="0" y2="1">
            <stop class="fade-from" offset="0" />
            <stop class="fade-to" offset="1" />
          </linearGradient>
        </defs>
        <path class="chart-base" d={`M0 ${height - 0.5}H${width}`} />
        {limit <= scaled.top && <path class="chart-limit" d={`M0 ${scaled.y(limit)}H${width}`} />}
        <path fill={`url(#${gradient})`} d={area} />
        <path class="chart-line" d={line} />
        {looked && (
          <>
            <path class="chart-look" d={`M${scaled.x(looked.at)} 0V${height}`} />
            <path class="chart-dot" d={`M${scaled.x(looked.at)} ${scaled.y(looked.value)}h0`} />
          </>
        )}
      </svg>
      <figcaption aria-hidden="true">
        <span>{weekTime(new Date(first.at))}</span>
        <span class="chart-looked">
          {looked ? `${weekTime(new Date(looked.at))} · ${format(looked.value)}` : `at most ${format(most.value)}`}
        </span>
        <span>now</span>
      </figcaption>
      <details>
        <summary>As a table</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard. */}
        <section class="chart-table" tabIndex={0} aria-label={title}>
          <table>
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">{title}</th>
              </tr>
            </thead>
            <tbody>
              {[...points].reverse().map(({ at, value }) => (
                <tr key={at}>
                  <td>{absoluteTime(new Date(at))}</td>
                  <td>{format(value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </figure>
  );
}
