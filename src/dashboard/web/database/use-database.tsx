import { useState } from "preact/hooks";
import type { DatabaseOrigin, PlanFacts } from "../../api";
import { api } from "../api-client";
import { ConfirmDialog } from "../parts/confirm-dialog";
import type { JobControl } from "../state/job";

interface UseDatabaseProps {
  app: string;
  origin: DatabaseOrigin;
  plan: PlanFacts["name"];
  work: JobControl;
  /** "Use this database" */
  title: string;
}

/** Gives the app its Leash database's URL, made where there is none. A URL of the user's own goes only after a question. */
export function UseDatabase({ app, origin, plan, work, title }: UseDatabaseProps) {
  const [asking, setAsking] = useState(false);
  const use = () => work.start(() => api.createDatabase(app, plan));
  return (
    <>
      <button
        type="button"
        class="button primary"
        disabled={work.running}
        onClick={() => (origin === "own" ? setAsking(true) : void use())}
      >
        {title}
      </button>
      {asking && (
        <ConfirmDialog
          title={`${title}?`}
          action="Replace my DATABASE_URL"
          danger
          onConfirm={use}
          onClose={() => setAsking(false)}
        >
          <p>
            The app's DATABASE_URL becomes that of its Leash database. Your own is kept nowhere: copy it first, if you
            may want it back.
          </p>
        </ConfirmDialog>
      )}
    </>
  );
}
