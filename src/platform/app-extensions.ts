import { maintenanceDatabase, withSession } from "../tenancy/session";
import type { Home } from "./home";
import { startPlatform } from "./platform";
import { administratorServer } from "./server";

/** Those of the extensions that this machine's server does not have, so that no app can create them. */
export async function lackingExtensions(home: Home, extensions: readonly string[]): Promise<string[]> {
  const server = administratorServer(await startPlatform(home));
  const available = await withSession(server, maintenanceDatabase, async (session) => {
    const { rows } = await session.query<{ name: string }>(
      "SELECT name::text FROM pg_catalog.pg_available_extensions WHERE name = ANY ($1)",
      [extensions],
    );
    return new Set(rows.map(({ name }) => name));
  });
  return extensions.filter((extension) => !available.has(extension));
}
