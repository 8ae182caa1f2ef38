import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Failure } from "../../api";
import { failureOf } from "../api-client";
import { Dialog } from "./dialog";
import { Name } from "./name";
import { Problem } from "./notice";

interface ConfirmDialogProps {
  title: ComponentChildren;
  /** "Delete" */
  action: string;
  danger?: boolean;
  /** What has to be typed first: the app's name. */
  typed?: string;
  onConfirm: (typed: string) => Promise<unknown>;
  onClose: () => void;
  children: ComponentChildren;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, action, danger, typed, onConfirm, onClose, children } = props;
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Failure["error"] | null>(null);
  const confirm = async (event: Event) => {
    event.preventDefault();
    if (typed !== undefined && text !== typed) return;
    setBusy(true);
    try {
      await onConfirm(text);
      onClose();
    } catch (refused) {
      setError(failureOf(refused));
      setBusy(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={confirm}>
        <div class="prose">{children}</div>
        {typed !== undefined && (
          <label class="field">
            <span>
              To confirm, type the app's name:{" "}
              <span class="typed-name">
                <Name text={typed} />
              </span>
            </span>
            <input
              {...{ type: "text", autocomplete: "off", spellcheck: false, value: text, "data-first": true }}
              dir="auto"
              onInput={(event) => setText(event.currentTarget.value)}
            />
          </label>
        )}
        {error && <Problem error={error} />}
        <footer>
          <button type="button" class="button" data-first={typed === undefined ? true : undefined} onClick={onClose}>
            Cancel
          </button>
          <button
            type="submit"
            class={`button ${danger ? "danger" : "primary"}`}
            disabled={busy || (typed !== undefined && text !== typed)}
          >
            {action}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
