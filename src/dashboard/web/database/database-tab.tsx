import type { AppSummary, PlanFacts } from "../../api";
import { api, failureOf } from "../api-client";
import { Link } from "../parts/link";
import { Loading } from "../parts/loading";
import { Notice, Problem } from "../parts/notice";
import { Words } from "../parts/words";
import { appPath } from "../routes";
import type { JobControl } from "../state/job";
import { usePolled } from "../state/poll";
import { Events } from "./events";
import { NoDatabase } from "./no-database";
import { PasswordCard } from "./password-card";
import { PlanCard } from "./plan-card";
import { addSample } from "./samples";
import { Sessions } from "./sessions";
import { UrlCard } from "./url-card";
import { Usage } from "./usage";
import { UseDatabase } from "./use-database";

const everyMs = 3_000;

export function DatabaseTab({ app, plans, work }: { app: AppSummary; plans: PlanFacts[]; work: JobControl }) {
  const load = async () => {
    const answer = await api.database(app.id);
    if (answer.database?.usage) addSample(app.id, answer.database.usage, Date.now());
    return answer;
  };
  const { data, error } = usePolled(load, everyMs, app.id, work.ended);
  if (!data) return error === undefined ? <Loading /> : <Problem error={failureOf(error)} />;
  const { origin, database } = data;
  if (!database) return <NoDatabase {...{ app: app.id, origin, plans, work }} />;
  return (
    <section aria-labelledby="database">
      <h2 id="database" class="sr-only">
        Database
      </h2>
      {(origin === "own" || origin === "none") && (
        <Notice tone="info" title="The app does not use this database">
          <p>
            {origin === "own" ? "Its DATABASE_URL is another one: see " : "Its URL is not injected: see "}
            <Link to={appPath(app.id, "environment")}>Environment</Link>. This one is kept.
          </p>
          {database.managedBy === "leash" && (
            <UseDatabase {...{ app: app.id, origin, plan: database.plan, work }} title="Use this database" />
          )}
        </Notice>
      )}
      {database.problem && (
        <Notice tone="warn" title="Its server is not reached">
          <p>
            <Words text={database.problem} />
          </p>
        </Notice>
      )}
      {database.usage && <Usage app={app.id} usage={database.usage} history={database.history} />}
      <UrlCard app={app.id} database={database} />
      <div class="cards">
        <Sessions sessions={database.sessions} />
        <Events events={database.events} />
      </div>
      {database.managedBy === "pulumi" ? (
        <Notice tone="info" title="It is managed by Pulumi">
          <p>
            The app's stack holds its plan and password. Change them there: <code>pulumi config set leash:plan</code>{" "}
            and <code>pulumi config set leash:rotate</code>, then <code>pulumi up</code>.
          </p>
        </Notice>
      ) : (
        <>
          <PlanCard key={database.plan} {...{ app: app.id, database, plans, work }} />
          <PasswordCard app={app.id} work={work} />
        </>
      )}
    </section>
  );
}
