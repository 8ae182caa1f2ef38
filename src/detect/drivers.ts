import { goDrivers } from "./drivers/go";
import { nodeDrivers } from "./drivers/node";
import { pythonDrivers } from "./drivers/python";
import type { Row } from "./drivers/row";
import type { Language } from "./types";

/** Order is priority: the first driver found is the one that the deploy flow names. */
export const driverTable: Readonly<Record<Language, readonly Row[]>> = {
  node: nodeDrivers,
  python: pythonDrivers,
  go: goDrivers,
};

/** All rows, in the order of priority. */
export const allRows: readonly Row[] = Object.values(driverTable).flat();
