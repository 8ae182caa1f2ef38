import { dotnetDrivers } from "./drivers/dotnet";
import { elixirDrivers } from "./drivers/elixir";
import { goDrivers } from "./drivers/go";
import { jvmDrivers } from "./drivers/jvm";
import { nodeDrivers } from "./drivers/node";
import { phpDrivers } from "./drivers/php";
import { pythonDrivers } from "./drivers/python";
import type { Row } from "./drivers/row";
import { rubyDrivers } from "./drivers/ruby";
import { rustDrivers } from "./drivers/rust";
import type { Ecosystem } from "./ecosystem";

/** Order is priority: the first driver found is the one that the deploy flow names. */
export const driverTable: Readonly<Record<Ecosystem, readonly Row[]>> = {
  node: nodeDrivers,
  python: pythonDrivers,
  go: goDrivers,
  ruby: rubyDrivers,
  php: phpDrivers,
  jvm: jvmDrivers,
  dotnet: dotnetDrivers,
  rust: rustDrivers,
  elixir: elixirDrivers,
};

/** All rows, in the order of priority. */
export const allRows: readonly Row[] = Object.values(driverTable).flat();
