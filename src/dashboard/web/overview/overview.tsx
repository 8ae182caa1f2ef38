import { useState } from "preact/hooks";
import type { Overview as Facts } from "../../api";
import { count } from "../format";
import { Badge } from "../parts/badge";
import { Command } from "../parts/command";
import { Empty } from "../parts/empty";
import { Filter } from "../parts/filter";
import { AppRow } from "./app-row";

export function Overview({ overview }: { overview: Facts }) {
  const [filter, setFilter] = useState("");
  const { apps, plans, server } = overview;
  const sought = filter.trim().toLowerCase();
  const found = apps.filter(({ name, directory }) => `${name} ${directory}`.toLowerCase().includes(sought));
  const troubled = apps.filter(({ usage }) => usage && usage.storage.state !== "ok").length;
  return (
    <>
      <div class="page-head">
        <div>
          <h1 id="title" tabIndex={-1}>
            Apps
          </h1>
          <p class="dim">
            {count(apps.length, "app")}
            {troubled > 0 && `, ${count(troubled, "needs", "need")} your attention`}
          </p>
        </div>
        <Badge tone={server.running ? "ok" : "plain"}>
          <span class="dot" />
          {server.running ? "Server running" : "Server stopped"}
        </Badge>
      </div>
      {apps.length === 0 ? (
        <NoApps />
      ) : (
        <>
          <Filter label="Filter apps" value={filter} onInput={setFilter} />
          <p class="sr-only" role="status">
            {sought && `${count(found.length, "app")} found`}
          </p>
          <ul class="list apps">
            {found.map((app) => (
              <AppRow key={app.id} app={app} plan={plans.find(({ name }) => name === app.plan)} />
            ))}
          </ul>
          {found.length === 0 && <p class="nothing">No app's name or folder holds that.</p>}
        </>
      )}
    </>
  );
}

function NoApps() {
  return (
    <Empty icon="database" title="Deploy your first app">
      <p>
        Leash finds the database that your app uses, and makes one for it. Run this in the app's folder; the app shows
        here at once.
      </p>
      <Command text="leash deploy" />
    </Empty>
  );
}
