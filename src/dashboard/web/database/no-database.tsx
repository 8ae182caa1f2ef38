import { useState } from "preact/hooks";
import type { DatabaseOrigin, PlanFacts } from "../../api";
import { Empty } from "../parts/empty";
import { Link } from "../parts/link";
import { appPath } from "../routes";
import type { JobControl } from "../state/job";
import { PlanChoice } from "./plan-choice";
import { UseDatabase } from "./use-database";

interface NoDatabaseProps {
  app: string;
  origin: DatabaseOrigin;
  plans: PlanFacts[];
  work: JobControl;
}

/** Makes the app's first database. */
export function NoDatabase({ app, origin, plans, work }: NoDatabaseProps) {
  const [chosen, setChosen] = useState<PlanFacts["name"]>(plans[0]?.name ?? "free");
  return (
    <Empty icon="database" title={origin === "own" ? "It uses a database of your own" : "It has no database yet"}>
      <p>
        {origin === "own" ? (
          <>
            Its DATABASE_URL is set under <Link to={appPath(app, "environment")}>Environment</Link>. A Leash database
            would take its place.
          </>
        ) : (
          "A Leash database is a PostgreSQL of its own: isolated, limited by its plan, backed up every day, and given to the app as DATABASE_URL."
        )}
      </p>
      <PlanChoice plans={plans} chosen={chosen} onChoose={setChosen} />
      <UseDatabase {...{ app, origin, plan: chosen, work }} title="Create a Leash database" />
    </Empty>
  );
}
