import { useState } from "preact/hooks";
import type { DatabaseFacts, PlanFacts } from "../../api";
import { api } from "../api-client";
import { bytes } from "../format";
import { ConfirmDialog } from "../parts/confirm-dialog";
import type { JobControl } from "../state/job";
import { PlanChoice } from "./plan-choice";

interface PlanCardProps {
  app: string;
  database: DatabaseFacts;
  plans: PlanFacts[];
  work: JobControl;
}

/** Changes the plan; one that is too small for what is stored only after a question. */
export function PlanCard({ app, database, plans, work }: PlanCardProps) {
  const [chosen, setChosen] = useState(database.plan);
  const [asking, setAsking] = useState(false);
  const plan = plans.find(({ name }) => name === chosen);
  const used = database.usage?.storage.bytes ?? 0;
  const change = () => work.start(() => api.changePlan(app, chosen));
  return (
    <section class="card" aria-labelledby="plan">
      <div class="card-head">
        <h3 id="plan">Plan</h3>
      </div>
      <PlanChoice plans={plans} chosen={chosen} current={database.plan} onChoose={setChosen} />
      <div class="card-foot">
        <p class="dim">Rows and password stay as they are.</p>
        <button
          type="button"
          class="button primary"
          disabled={chosen === database.plan || work.running || !plan}
          onClick={() => (plan && used > plan.storageBytes ? setAsking(true) : void change())}
        >
          {chosen === database.plan ? "Change the plan" : `Change to ${plan?.title}`}
        </button>
      </div>
      {asking && plan && (
        <ConfirmDialog
          title={`Change to ${plan.title}?`}
          action={`Change to ${plan.title}`}
          danger
          onConfirm={change}
          onClose={() => setAsking(false)}
        >
          <p>
            The database holds {bytes(used)}, and {plan.title} has room for {bytes(plan.storageBytes)}. The app will be
            restricted at once: it may read and delete, and not write until there is room again.
          </p>
        </ConfirmDialog>
      )}
    </section>
  );
}
