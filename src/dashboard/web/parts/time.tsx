import { absoluteTime, relativeTime } from "../format";
import { useNow } from "../state/now";

/** "3 minutes ago", with the whole time as its title. */
export function Time({ at }: { at: string }) {
  const date = new Date(at);
  return (
    <time dateTime={at} title={absoluteTime(date)}>
      {relativeTime(date, useNow())}
    </time>
  );
}
