import { useState } from "preact/hooks";
import type { DatabaseOrigin, PlanFacts } from "../../api";
import { api } from "../api-client";
import { Empty } from "../parts/empty";
import { Link } from "../parts/link";
import { appPath } from "../routes";
import type { JobControl } from "../state/job";
import { PlanChoice } from "./plan-choice";

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
            can stand beside it; the app uses it once that variable is deleted.
          </>
        ) : (
          "A Leash database is a PostgreSQL of its own: isolated, limited by its plan, backed up every day, and given to the app as DATABASE_URL."
        )}
      </p>
      <PlanChoice plans={plans} chosen={chosen} onChoose={setChosen} />
      <button
        type="button"
        class="button primary"
        disabled={work.running}
        onClick={() => work.start(() => api.createDatabase(app, chosen))}
      >
        Create a Leash database
      </button>
    </Empty>
  );
}
