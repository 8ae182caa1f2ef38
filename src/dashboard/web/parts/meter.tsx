import { percent, share } from "../format";

export type Tone = "ok" | "warn" | "error";

interface MeterProps {
  label: string;
  value: number;
  limit: number;
  /** "37 of 50 MB" */
  says: string;
  tone: Tone;
}

/** How full something is. What is seen is drawn beside the element that is read out, which no style sheet can shape. */
export function Meter({ label, value, limit, says, tone }: MeterProps) {
  const part = share(value, limit);
  return (
    <div class={`meter ${tone}`}>
      <meter class="sr-only" aria-label={label} value={part} aria-valuetext={`${says}, ${percent(value, limit)}`} />
      {/* A sliver shows that there is something. */}
      <div style={{ width: value > 0 ? `max(4px, ${part * 100}%)` : "0" }} />
    </div>
  );
}

/** Of a few things, one mark each. */
export function CountMeter({ label, value, limit, says, tone }: MeterProps) {
  return (
    <div class={`count-meter ${tone}`}>
      <meter class="sr-only" aria-label={label} value={value} max={limit} aria-valuetext={says} />
      {Array.from({ length: limit }, (_, index) => (
        <span key={index} class={index < value ? "taken" : ""} />
      ))}
    </div>
  );
}
