import { useState } from "preact/hooks";
import type { AppSummary, Variable, Variables } from "../../api";
import { api, failureOf } from "../api-client";
import { count } from "../format";
import { ConfirmDialog } from "../parts/confirm-dialog";
import { Empty } from "../parts/empty";
import { Filter } from "../parts/filter";
import { Icon } from "../parts/icon";
import { Loading } from "../parts/loading";
import { Name } from "../parts/name";
import { Notice, Problem } from "../parts/notice";
import { Words } from "../parts/words";
import { usePolled } from "../state/poll";
import { useSecrets } from "../state/secret";
import { useShortcuts } from "../state/shortcuts";
import { tell } from "../state/toast";
import { PasteDialog } from "./paste-dialog";
import { VariableDialog } from "./variable-dialog";
import { VariableRow } from "./variable-row";

const everyMs = 5_000;
/** From here on there is something to filter. */
const many = 6;

type Open = { what: "add" } | { what: "paste"; text?: string } | { what: "edit" | "remove"; variable: Variable } | null;

export function EnvironmentTab({ app, changes }: { app: AppSummary; changes: number }) {
  const { data, error, replace } = usePolled(() => api.variables(app.id), everyMs, app.id, changes);
  const [open, setOpen] = useState<Open>(null);
  const [filter, setFilter] = useState("");
  const [says, setSays] = useState<string[]>([]);
  const secrets = useSecrets();
  useShortcuts({ n: () => setOpen({ what: "add" }), p: () => setOpen({ what: "paste" }) });

  const changed = (words: string) => (variables: Variables) => {
    secrets.hide();
    replace(variables);
    setSays(variables.says);
    tell(words);
  };
  const close = () => setOpen(null);
  if (!data) return error === undefined ? <Loading /> : <Problem error={failureOf(error)} />;
  const { variables } = data;
  const sought = filter.trim().toLowerCase();
  const found = variables.filter(({ name }) => name.toLowerCase().includes(sought));
  return (
    <section aria-labelledby="environment">
      <div class="section-head">
        <div>
          <h2 id="environment">Environment</h2>
          <p class="dim">What the app finds in its environment when it starts.</p>
        </div>
        <div class="head-actions">
          <button type="button" class="button" onClick={() => setOpen({ what: "paste" })}>
            <Icon name="paste" />
            Paste .env
          </button>
          <button type="button" class="button primary" onClick={() => setOpen({ what: "add" })}>
            <Icon name="plus" />
            Add variable
          </button>
        </div>
      </div>
      <div role="status">
        {says.length > 0 && (
          <Notice tone="info" onDismiss={() => setSays([])}>
            {says.map((sentence) => (
              <p key={sentence}>
                <Words text={sentence} />
              </p>
            ))}
          </Notice>
        )}
      </div>
      {variables.length >= many && (
        <>
          <Filter label="Filter variables" value={filter} onInput={setFilter} />
          <p class="sr-only" role="status">
            {sought && `${count(found.length, "variable")} found`}
          </p>
        </>
      )}
      {variables.length === 0 && (
        <Empty icon="paste" title="Nothing is set yet">
          <p>
            Add a variable, or paste a whole .env. Connection strings of Supabase, Neon, MongoDB Atlas, Upstash and
            Redis Cloud are checked as you type.
          </p>
        </Empty>
      )}
      {variables.length > 0 && found.length === 0 && <p class="nothing">No variable's name holds that.</p>}
      {found.length > 0 && (
        <ul class="list variables">
          {found.map((variable) => (
            <VariableRow
              key={variable.name}
              {...{ app: app.id, variable, secrets }}
              onEdit={() => setOpen({ what: "edit", variable })}
              onRemove={() => setOpen({ what: "remove", variable })}
            />
          ))}
        </ul>
      )}
      {open?.what === "add" && (
        <VariableDialog
          app={app.id}
          names={variables.map(({ name }) => name)}
          onStored={changed("Added.")}
          onPasteAll={(text) => setOpen({ what: "paste", text })}
          onClose={close}
        />
      )}
      {open?.what === "edit" && (
        <VariableDialog app={app.id} variable={open.variable} onStored={changed("Saved.")} onClose={close} />
      )}
      {open?.what === "paste" && (
        <PasteDialog app={app.id} initial={open.text ?? ""} onStored={changed("Stored.")} onClose={close} />
      )}
      {open?.what === "remove" && (
        <ConfirmDialog
          title={
            <>
              Delete <Name text={open.variable.name} />?
            </>
          }
          action="Delete"
          danger
          onConfirm={async () => changed("Deleted.")(await api.remove(app.id, open.variable.name))}
          onClose={close}
        >
          <p>
            {open.variable.origin === "injected"
              ? "The app no longer gets its Leash database's URL. The database itself is kept."
              : "Its value is not kept anywhere. The app goes without it from its next start."}
          </p>
        </ConfirmDialog>
      )}
    </section>
  );
}
