import { clojureDrivers } from "./drivers/clojure";
import { crystalDrivers } from "./drivers/crystal";
import { dartDrivers } from "./drivers/dart";
import { denoDrivers } from "./drivers/deno";
import { dotnetDrivers } from "./drivers/dotnet";
import { elixirDrivers } from "./drivers/elixir";
import { goDrivers } from "./drivers/go";
import { haskellDrivers } from "./drivers/haskell";
import { jvmDrivers } from "./drivers/jvm";
import { nodeDrivers } from "./drivers/node";
import { phpDrivers } from "./drivers/php";
import { pythonDrivers } from "./drivers/python";
import type { Row } from "./drivers/row";
import { rubyDrivers } from "./drivers/ruby";
import { rustDrivers } from "./drivers/rust";
import { swiftDrivers } from "./drivers/swift";
import type { Ecosystem } from "./ecosystem";

/** Order is priority: the first driver found is the one that the deploy flow names. */
export const driverTable: Readonly<Record<Ecosystem, readonly Row[]>> = {
  node: [...nodeDrivers, ...denoDrivers],
  python: pythonDrivers,
  go: goDrivers,
  ruby: rubyDrivers,
  php: phpDrivers,
  jvm: [...jvmDrivers, ...clojureDrivers],
  dotnet: dotnetDrivers,
  rust: rustDrivers,
  elixir: elixirDrivers,
  dart: dartDrivers,
  swift: swiftDrivers,
  crystal: crystalDrivers,
  haskell: haskellDrivers,
};

/** All rows, in the order of priority. */
export const allRows: readonly Row[] = Object.values(driverTable).flat();
