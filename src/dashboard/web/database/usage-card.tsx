import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Chart } from "./chart";
import type { ChartPoint } from "./chart-lines";

interface UsageCardProps {
  title: string;
  /** "37 of 50 MB" */
  figure: ComponentChildren;
  meter: ComponentChildren;
  week: ChartPoint[];
  live: ChartPoint[];
  limit: number;
  format: (value: number) => string;
}

const hourMs = 3_600_000;

/** One figure against its limit, and how it came to that. */
export function UsageCard({ title, figure, meter, week, live, limit, format }: UsageCardProps) {
  const [range, setRange] = useState<"week" | "live">("week");
  const ranges = { week: "7 days", live: "Live" } as const;
  return (
    <section class="card usage-card" aria-label={title}>
      <div class="card-head">
        <h3>{title}</h3>
        <fieldset class="segments">
          <legend class="sr-only">{title}: the time that is shown</legend>
          {(["week", "live"] as const).map((one) => (
            <label key={one}>
              <input type="radio" name={`range ${title}`} checked={range === one} onChange={() => setRange(one)} />
              <span>{ranges[one]}</span>
            </label>
          ))}
        </fieldset>
      </div>
      <p class="big">{figure}</p>
      {meter}
      <Chart
        title={range === "week" ? `${title} over seven days` : `${title} since this page was opened`}
        points={range === "week" ? week : live}
        gapMs={range === "week" ? 2.5 * hourMs : hourMs}
        {...{ limit, format }}
      />
    </section>
  );
}
