import { type UrlForm, urlForms } from "../connection/url-form";
import { LeashError } from "../errors";
import { allRows } from "./drivers";

/** How an app's `DATABASE_URL` is to be given to it. */
export type ChosenConnection =
  | {
      kind: "socket";
      form: UrlForm;
      /** Drivers that can't read this form; empty unless the app's drivers have no form in common. */
      misfits: string[];
    }
  | {
      kind: "bridge";
      /** The drivers that have no socket support. */
      drivers: string[];
    };

/**
 * Chooses the URL form that serves most of the given rows (ids of drivers and libraries), of equals the first of
 * `urlForms`. Unknown ids are left out; no ids at all give `query`.
 *
 * One driver without socket support makes it a bridge for all: every driver speaks TCP, and the app has one URL.
 */
export function chooseConnection(driverIds: readonly string[]): ChosenConnection {
  const rows = allRows.filter(({ id }) => driverIds.includes(id));
  const bridged = rows.filter(({ connection }) => connection?.kind === "bridge");
  if (bridged.length > 0) return { kind: "bridge", drivers: bridged.map(({ id }) => id) };

  // Rows without a measured connection narrow nothing.
  const narrowing = rows.flatMap(({ id, connection }) => {
    if (connection === undefined || connection.kind === "bridge") return [];
    return { id, forms: connection.kind === "socket" ? connection.forms : [] };
  });
  const misfitsOf = (form: UrlForm) => narrowing.filter(({ forms }) => !forms.includes(form)).map(({ id }) => id);

  let form: UrlForm = urlForms[0];
  for (const candidate of urlForms) {
    if (misfitsOf(candidate).length < misfitsOf(form).length) form = candidate;
  }
  return { kind: "socket", form, misfits: misfitsOf(form) };
}

/** @throws LeashError `driver/unknown`, naming all that are not in the table */
export function assertDriverIds(driverIds: readonly string[]): void {
  const unknown = driverIds.filter((id) => !allRows.some((row) => row.id === id));
  if (unknown.length === 0) return;
  throw new LeashError("driver/unknown", `There is no driver ${unknown.map((id) => JSON.stringify(id)).join(", ")}.`, {
    hint: `The drivers are ${[...new Set(allRows.map(({ id }) => id))].join(", ")}.`,
    exitCode: 2,
  });
}
