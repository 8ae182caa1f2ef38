import { useEffect, useRef, useState } from "preact/hooks";
import type { Failure, NamedCheck, Variable, Variables } from "../../api";
import { api, failureOf, RequestError } from "../api-client";
import { CheckWords } from "../parts/check-words";
import { Dialog } from "../parts/dialog";
import { Name } from "../parts/name";
import { Problem } from "../parts/notice";
import { ServiceBadge } from "../parts/service-badge";
import { useCheck } from "../state/checks";
import { tell } from "../state/toast";

interface VariableDialogProps {
  app: string;
  /** The one to change; a new one without. */
  variable?: Variable;
  /** The names that are there. */
  names?: readonly string[];
  /** Takes a pasted text of several variables. */
  onPasteAll?: (text: string) => void;
  onStored: (variables: Variables) => void;
  onClose: () => void;
}

/** Adds a variable or gives one another value, with the checker's words as it is typed. */
export function VariableDialog({ app, variable, names = [], onPasteAll, onStored, onClose }: VariableDialogProps) {
  const [name, setName] = useState(variable?.name ?? "");
  // The present value is not shown, so that an empty field is no wish for an empty one.
  const [typed, setTyped] = useState<string | null>(variable ? null : "");
  const value = typed ?? "";
  const isReady = name !== "" && typed !== null;
  const [busy, setBusy] = useState(false);
  const [refused, setRefused] = useState<{ error: Failure["error"]; checks: NamedCheck[] } | null>(null);
  const check = useCheck(app, name, value);
  const field = useRef<HTMLTextAreaElement>(null);

  // It was another value that was refused.
  useEffect(() => setRefused(null), [name, value]);

  const store = async (skipCheck: boolean) => {
    setBusy(true);
    try {
      onStored(await api.store(app, { variables: [{ name, value }], ...(skipCheck ? { skipCheck } : {}) }));
      onClose();
    } catch (error) {
      setRefused({ error: failureOf(error), checks: error instanceof RequestError ? error.checks : [] });
      setBusy(false);
    }
  };
  const fillIn = async () => {
    try {
      setTyped((await api.reveal(app, name)).value);
      field.current?.focus();
    } catch (error) {
      tell(failureOf(error).message);
    }
  };
  // A pasted `NAME=value` is both.
  const nameTyped = (text: string) => {
    const [, before, after] = /^\s*(?:export\s+)?(\w+)=(.*)$/s.exec(text) ?? [];
    setName(before ?? text.trim());
    if (after === undefined) return;
    setTyped(after.trim().replace(/^(["'])(.*)\1$/s, "$2"));
    field.current?.focus();
  };
  const words = refused?.checks.find((one) => one.name === name) ?? check;
  return (
    <Dialog
      title={
        variable ? (
          <>
            Edit <Name text={variable.name} />
          </>
        ) : (
          "Add a variable"
        )
      }
      keep
      onClose={onClose}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) void store(false);
        }}
      >
        {!variable && (
          <label class="field">
            <span>Name</span>
            <input
              {...{ type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: false, required: true }}
              {...{ value: name, placeholder: "DATABASE_URL", class: "mono", "data-first": true }}
              onInput={(event) => nameTyped(event.currentTarget.value)}
              onPaste={(event) => {
                const text = event.clipboardData?.getData("text") ?? "";
                if (!onPasteAll || !/^\s*(?:export\s+)?\w+=.*\n\s*(?:#|export\s|\w+=)/.test(text)) return;
                event.preventDefault();
                onPasteAll(text);
              }}
            />
          </label>
        )}
        <label class="field">
          <span class="field-title">
            Value <ServiceBadge check={words} />
          </span>
          <textarea
            {...{ ref: field, rows: 3, autocomplete: "off", autocapitalize: "off", spellcheck: false }}
            {...{ value, class: "mono", dir: "auto", "data-first": variable ? true : undefined }}
            placeholder={variable ? "The new value" : "postgresql://user:password@host/database"}
            onInput={(event) => setTyped(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || event.shiftKey) return;
              event.preventDefault();
              event.currentTarget.form?.requestSubmit();
            }}
          />
        </label>
        {variable && value === "" && (
          <button type="button" class="text-button" onClick={fillIn}>
            Start from the present value
          </button>
        )}
        {variable?.origin === "injected" && (
          <p class="dim">A value of your own takes the place of the one that comes with the Leash database.</p>
        )}
        {!variable && names.includes(name) && (
          <p class="dim" role="status">
            It is there already: its value will be replaced.
          </p>
        )}
        <div aria-live="polite">{words && <CheckWords check={words} />}</div>
        {refused && <Problem error={refused.error} />}
        <footer>
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          {refused && refused.checks.length > 0 && (
            <button type="button" class="button danger-quiet" disabled={busy} onClick={() => store(true)}>
              Store it all the same
            </button>
          )}
          <button type="submit" class="button primary" disabled={busy || !isReady}>
            {variable ? "Save" : "Add"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
