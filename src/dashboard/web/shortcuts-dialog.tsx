import { Dialog } from "./parts/dialog";
import { shortcutsOn, turnShortcuts } from "./state/shortcuts";
import { useStore } from "./state/store";

const shortcuts = [
  ["g h", "Go to the apps"],
  ["g e", "Go to Environment"],
  ["g d", "Go to Database"],
  ["g b", "Go to Backups"],
  ["n", "Add a variable"],
  ["p", "Paste a .env"],
  ["/", "Filter apps or variables"],
  ["?", "Show these shortcuts"],
  ["Esc", "Close what is open"],
] as const;

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  const on = useStore(shortcutsOn);
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose}>
      <dl class="shortcuts">
        {shortcuts.map(([keys, does]) => (
          <div key={keys}>
            <dt>{does}</dt>
            <dd>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
      <label class="switch">
        <input type="checkbox" checked={on} onChange={(event) => turnShortcuts(event.currentTarget.checked)} />
        <span>Use single keys as shortcuts</span>
      </label>
    </Dialog>
  );
}
