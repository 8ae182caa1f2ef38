import type { AppSummary, PlanFacts } from "../../api";
import { bytesOf } from "../format";
import { Folder, OriginAndPlan } from "../parts/app-facts";
import { Badge } from "../parts/badge";
import { Link } from "../parts/link";
import { CountMeter, Meter } from "../parts/meter";
import { Name } from "../parts/name";
import { appPath } from "../routes";
import { connectionsTone, standings } from "../standing";

/** One app: its name leads to it, and so does the whole row. */
export function AppRow({ app, plan }: { app: AppSummary; plan: PlanFacts | undefined }) {
  return (
    <li class="app-row">
      <div class="app-name">
        <h2>
          <Link to={appPath(app.id, app.plan ? "database" : "environment")} class="cover">
            <Name text={app.name} />
          </Link>
        </h2>
        <Folder directory={app.directory} />
      </div>
      <div class="app-facts">
        <OriginAndPlan origin={app.origin} plan={plan} />
      </div>
      <AppUsage app={app} />
    </li>
  );
}

function AppUsage({ app: { usage, plan } }: { app: AppSummary }) {
  if (!usage) {
    return <p class="app-usage dim">{plan && "Its server is not reached."}</p>;
  }
  const { connections, storage } = usage;
  const standing = standings[storage.state];
  const stored = bytesOf(storage.bytes, storage.limitBytes);
  const connected = `${connections.used} of ${connections.limit}`;
  return (
    <div class="app-usage">
      <div class="figure">
        <span class="figure-title">Storage</span>
        <span class="figure-value">{stored}</span>
        <Meter label="Storage" value={storage.bytes} limit={storage.limitBytes} says={stored} tone={standing.tone} />
      </div>
      <div class="figure">
        <span class="figure-title">Connections</span>
        <span class="figure-value">{connected}</span>
        <CountMeter
          label="Connections"
          value={connections.used}
          limit={connections.limit}
          says={connected}
          tone={connectionsTone(connections.used, connections.limit)}
        />
      </div>
      <Badge tone={standing.tone}>{standing.title}</Badge>
    </div>
  );
}
