import type { Backups } from "../../api";
import { bytes } from "../format";
import { Icon } from "../parts/icon";
import { Time } from "../parts/time";

/** What restores have replaced, for as long as it is kept. */
export function Kept({ kept, busy, onUndo }: { kept: Backups["kept"]; busy: boolean; onUndo: () => void }) {
  if (kept.length === 0) return null;
  const newest = kept.find(({ from }) => from === "restore");
  return (
    <section class="card" aria-labelledby="kept">
      <div class="card-head">
        <h3 id="kept">What was replaced is kept</h3>
      </div>
      <ul class="kept">
        {kept.map((one) => (
          <li key={one.at}>
            <span>
              {one.from === "restore" ? "Before the restore" : "Before the undo"} <Time at={one.at} />
              <span class="dim"> · {bytes(one.bytes)}</span>
            </span>
            {one === newest && (
              <button type="button" class="button" disabled={busy} onClick={onUndo}>
                <Icon name="undo" />
                Undo the restore
              </button>
            )}
          </li>
        ))}
      </ul>
      <p class="dim">
        <code>leash backups discard</code> drops it.
      </p>
    </section>
  );
}
