import type { CatalogSession } from "./catalog";

/**
 * Ends sessions and waits until they are gone, five seconds each at most. All are told before any is waited for: what one
 * of them held up would go on meanwhile.
 * @param which a condition on `pg_stat_activity`, with $1 for `value`
 */
export async function terminateSessions(
  session: CatalogSession,
  which: string,
  value: string | readonly string[],
): Promise<void> {
  for (const waitMs of [0, 5000]) {
    await session.query(
      `SELECT pg_catalog.pg_terminate_backend(pid, $2) FROM pg_catalog.pg_stat_activity WHERE ${which}`,
      [value, waitMs],
    );
  }
}
