import type { PlanFacts } from "../../api";
import { bytes, duration } from "../format";

interface PlanChoiceProps {
  plans: PlanFacts[];
  chosen: PlanFacts["name"];
  current?: PlanFacts["name"];
  onChoose: (name: PlanFacts["name"]) => void;
}

/** The plans, side by side. */
export function PlanChoice({ plans, chosen, current, onChoose }: PlanChoiceProps) {
  return (
    <fieldset class="plans">
      <legend class="sr-only">Plan</legend>
      {plans.map(({ name, title, storageBytes, maxConnections, statementTimeoutMs }) => (
        <label key={name} class="plan">
          <input type="radio" name="plan" value={name} checked={chosen === name} onChange={() => onChoose(name)} />
          <span class="plan-title">
            {title}
            {current === name && <span class="badge plain">current</span>}
          </span>
          <span class="plan-storage">{bytes(storageBytes)}</span>
          <span class="plan-limits">
            {maxConnections} connections, {duration(statementTimeoutMs)} a query
          </span>
        </label>
      ))}
    </fieldset>
  );
}
