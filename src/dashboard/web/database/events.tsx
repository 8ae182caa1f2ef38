import type { EventFacts } from "../../api";
import { Icon } from "../parts/icon";
import { Time } from "../parts/time";
import { Words } from "../parts/words";

const levels = {
  info: { icon: "info", title: "Note" },
  warn: { icon: "warn", title: "Warning" },
  error: { icon: "error", title: "Error" },
} as const;

/** What the guard did, and what can be done about it. */
export function Events({ events }: { events: EventFacts[] }) {
  return (
    <section class="card" aria-labelledby="events">
      <div class="card-head">
        <h3 id="events">What the guard did</h3>
      </div>
      {events.length === 0 ? (
        <p class="dim">Nothing: the app keeps to its limits.</p>
      ) : (
        <ol class="events">
          {events.map(({ at, level, says, mend }, index) => (
            <li key={`${at} ${index}`} class={level}>
              <Icon name={levels[level].icon} />
              <div>
                <p>
                  <span class="sr-only">{levels[level].title}: </span>
                  <Words text={says} />{" "}
                  <span class="dim nowrap">
                    <Time at={at} />
                  </span>
                </p>
                {mend && (
                  <p class="dim">
                    <Words text={mend} />
                  </p>
                )}
              </div>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
