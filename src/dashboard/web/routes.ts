export const tabs = [
  { name: "environment", title: "Environment", key: "e" },
  { name: "database", title: "Database", key: "d" },
  { name: "backups", title: "Backups", key: "b" },
] as const;

export type Tab = (typeof tabs)[number]["name"];

export type Route = { page: "overview" } | { page: "app"; app: string; tab: Tab } | { page: "unknown" };

/** The page that a path means: `/`, `/apps/ID`, `/apps/ID/database`. */
export function parseRoute(path: string): Route {
  if (path === "/") return { page: "overview" };
  const [, id, name = "environment"] = /^\/apps\/([^/]+)(?:\/([a-z]+))?\/?$/.exec(path) ?? [];
  const tab = tabs.find((one) => one.name === name);
  if (id === undefined || !tab) return { page: "unknown" };
  try {
    return { page: "app", app: decodeURIComponent(id), tab: tab.name };
  } catch {
    return { page: "unknown" };
  }
}

export const appPath = (app: string, tab: Tab = "environment") => `/apps/${encodeURIComponent(app)}/${tab}`;
