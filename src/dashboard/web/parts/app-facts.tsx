import type { AppSummary, PlanFacts } from "../../api";
import { origins } from "../standing";
import { Badge } from "./badge";

/** Where an app was deployed from. */
export function Folder({ directory }: Pick<AppSummary, "directory">) {
  if (!directory) return null;
  return (
    <p class="folder" title={directory}>
      <bdi>{directory}</bdi>
    </p>
  );
}

/** Where its database comes from, and of which plan it is. */
export function OriginAndPlan({ origin, plan }: { origin: AppSummary["origin"]; plan: PlanFacts | undefined }) {
  return (
    <>
      <Badge icon={origin === "none" ? undefined : "database"}>{origins[origin]}</Badge>
      {plan && <Badge>{plan.title}</Badge>}
    </>
  );
}
