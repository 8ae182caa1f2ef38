import type { DatabaseFacts } from "../../api";
import { bytes, bytesOf, count, duration } from "../format";
import { CountMeter, Meter } from "../parts/meter";
import { Notice } from "../parts/notice";
import { Words } from "../parts/words";
import { connectionsTone, standings } from "../standing";
import { liveSeries, weekSeries } from "./samples";
import { UsageCard } from "./usage-card";

interface UsageProps {
  app: string;
  usage: NonNullable<DatabaseFacts["usage"]>;
  history: DatabaseFacts["history"];
}

/** What the app uses of its plan. */
export function Usage({ app, usage: { storage, connections, statementTimeoutMs }, history }: UsageProps) {
  const standing = standings[storage.state];
  const stored = bytesOf(storage.bytes, storage.limitBytes);
  const connected = `${connections.used} of ${connections.limit}`;
  return (
    <>
      {standing.means && standing.tone !== "ok" && (
        <Notice tone={standing.tone} title={standing.title}>
          <p>
            <Words text={standing.means} />
          </p>
        </Notice>
      )}
      <div class="cards">
        <UsageCard
          title="Storage"
          figure={<Figure text={stored} />}
          meter={
            <Meter
              label="Storage"
              value={storage.bytes}
              limit={storage.limitBytes}
              says={stored}
              tone={standing.tone}
            />
          }
          week={weekSeries(app, history, "bytes")}
          live={liveSeries(app, "bytes")}
          limit={storage.limitBytes}
          format={bytes}
        />
        <UsageCard
          title="Connections"
          figure={<Figure text={connected} />}
          meter={
            <CountMeter
              label="Connections"
              value={connections.used}
              limit={connections.limit}
              says={connected}
              tone={connectionsTone(connections.used, connections.limit)}
            />
          }
          week={weekSeries(app, history, "connections")}
          live={liveSeries(app, "connections")}
          limit={connections.limit}
          format={(number) => count(Math.round(number), "connection")}
        />
      </div>
      <p class="limit-line dim">
        A query may take up to <strong>{duration(statementTimeoutMs)}</strong>; what takes longer is ended.
      </p>
    </>
  );
}

/** "37 of 50 MB", the first number being what matters. */
function Figure({ text }: { text: string }) {
  const at = text.indexOf(" of ");
  return (
    <>
      {text.slice(0, at)}
      <span class="dim">{text.slice(at)}</span>
    </>
  );
}
