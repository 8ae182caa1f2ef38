import type { AppSummary, Overview } from "../api";
import { BackupsTab } from "./backups/backups-tab";
import { DatabaseTab } from "./database/database-tab";
import { EnvironmentTab } from "./environment/environment-tab";
import { Folder, OriginAndPlan } from "./parts/app-facts";
import { Badge } from "./parts/badge";
import { JobPanel } from "./parts/job-panel";
import { Link } from "./parts/link";
import { Name } from "./parts/name";
import { appPath, type Tab, tabs } from "./routes";
import { standings } from "./standing";
import { useJob } from "./state/job";
import { navigate } from "./state/location";
import { useShortcuts } from "./state/shortcuts";

export function AppPage({ app, overview, tab }: { app: AppSummary; overview: Overview; tab: Tab }) {
  const work = useJob(app.id);
  useShortcuts(Object.fromEntries(tabs.map(({ name, key }) => [`g ${key}`, () => navigate(appPath(app.id, name))])));
  const plan = overview.plans.find(({ name }) => name === app.plan);
  const standing = app.usage && standings[app.usage.storage.state];
  return (
    <>
      <div class="page-head">
        <div class="app-name">
          <h1 id="title" tabIndex={-1}>
            <Name text={app.name} />
          </h1>
          <Folder directory={app.directory} />
        </div>
        <div class="app-facts">
          <OriginAndPlan origin={app.origin} plan={plan} />
          {standing && <Badge tone={standing.tone}>{standing.title}</Badge>}
        </div>
      </div>
      <nav class="tabs" aria-label="The app">
        {tabs.map(({ name, title }) => (
          <Link key={name} to={appPath(app.id, name)} current={name === tab}>
            {title}
          </Link>
        ))}
      </nav>
      <JobPanel work={work} />
      {tab === "environment" && <EnvironmentTab app={app} changes={work.ended} />}
      {tab === "database" && <DatabaseTab app={app} plans={overview.plans} work={work} />}
      {tab === "backups" && <BackupsTab app={app} work={work} />}
    </>
  );
}
