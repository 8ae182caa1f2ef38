import { useState } from "preact/hooks";
import type { Failure, NamedCheck, ParsedText, Variables } from "../../api";
import { api, failureOf, RequestError } from "../api-client";
import { count } from "../format";
import { Dialog } from "../parts/dialog";
import { Problem } from "../parts/notice";
import { PastePreview } from "./paste-preview";

interface PasteDialogProps {
  app: string;
  /** What was pasted elsewhere. */
  initial: string;
  onStored: (variables: Variables) => void;
  onClose: () => void;
}

/** Takes a whole .env: what it holds is looked through before anything is stored. */
export function PasteDialog({ app, initial, onStored, onClose }: PasteDialogProps) {
  const [text, setText] = useState(initial);
  const [parsed, setParsed] = useState<ParsedText | null>(null);
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [refused, setRefused] = useState<{ error: Failure["error"]; checks: NamedCheck[] } | null>(null);
  const [busy, setBusy] = useState(false);

  const attempt = async (work: () => Promise<void>) => {
    setBusy(true);
    setRefused(null);
    try {
      await work();
    } catch (error) {
      setRefused({ error: failureOf(error), checks: error instanceof RequestError ? error.checks : [] });
    }
    setBusy(false);
  };
  const review = () =>
    attempt(async () => {
      const found = await api.parse(app, text);
      setParsed(found);
      setPicked(new Set(found.variables.filter(({ change }) => change !== "same").map(({ name }) => name)));
    });
  const store = (skipCheck: boolean) =>
    attempt(async () => {
      const chosen = (parsed?.variables ?? []).filter(({ name }) => picked.has(name));
      const variables = chosen.map(({ name, value }) => ({ name, value }));
      onStored(await api.store(app, { variables, ...(skipCheck ? { skipCheck } : {}) }));
      onClose();
    });
  const pick = (names: ReadonlySet<string>) => {
    setPicked(names);
    setRefused(null);
  };
  const openFile = async (file: File | undefined) => file && setText(await file.text());

  return (
    <Dialog title="Paste a .env" wide keep onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void (parsed ? store(false) : review());
        }}
      >
        {parsed ? (
          <PastePreview {...parsed} picked={picked} onPick={pick} />
        ) : (
          <>
            <label class="field">
              <span>The text of the file</span>
              <textarea
                {...{ rows: 10, autocomplete: "off", autocapitalize: "off", spellcheck: false, value: text }}
                {...{ class: "mono", "data-first": true, placeholder: "DATABASE_URL=postgresql://…\nPORT=3000" }}
                onInput={(event) => setText(event.currentTarget.value)}
              />
            </label>
            <label class="file">
              <input type="file" onChange={(event) => openFile(event.currentTarget.files?.[0])} />
              <span>or choose a file</span>
            </label>
          </>
        )}
        {refused && <Problem error={refused.error} />}
        <footer>
          <button type="button" class="button" onClick={parsed ? () => setParsed(null) : onClose}>
            {parsed ? "Back" : "Cancel"}
          </button>
          {parsed && refused && refused.checks.length > 0 && (
            <button type="button" class="button danger-quiet" disabled={busy} onClick={() => store(true)}>
              Store them all the same
            </button>
          )}
          <button type="submit" class="button primary" disabled={busy || (parsed ? picked.size === 0 : !text.trim())}>
            {parsed ? `Store ${count(picked.size, "variable")}` : "Review"}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
