/**
 * The ways to write a connection URL over a unix socket. No single one is understood by every driver, so the driver
 * table (`src/detect/drivers.ts`) says which ones each driver takes.
 *
 * - `query`: `postgresql:///db?host=DIR&port=5432&user=u&password=pw`
 * - `localhost`: `postgresql://u:pw@localhost/db?host=DIR`
 * - `encoded`: `postgresql://u:pw@%2FDIR/db`
 * - `hostless`: `postgresql://u:pw@/db?host=DIR`
 * - `environment`: `postgresql:///db`, everything else in the `PG*` variables
 */
export const urlForms = ["query", "localhost", "encoded", "hostless", "environment"] as const;

export type UrlForm = (typeof urlForms)[number];
