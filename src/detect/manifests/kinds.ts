import { buildSbt } from "./build-sbt";
import { cabal, hpack } from "./cabal";
import { cargoToml } from "./cargo-toml";
import { depsEdn, projectClj } from "./clojure";
import { composerJson } from "./composer-json";
import { denoJson } from "./deno-json";
import { dotnetProject } from "./dotnet-project";
import { gemfile } from "./gemfile";
import { goMod } from "./go-mod";
import { gradle } from "./gradle";
import type { ManifestKind } from "./manifest";
import { meteorPackages } from "./meteor-packages";
import { mixExs } from "./mix-exs";
import { packageJson } from "./package-json";
import { packageSwift } from "./package-swift";
import { pipfile } from "./pipfile";
import { pomXml } from "./pom-xml";
import { pyprojectToml } from "./pyproject-toml";
import { requirementsTxt } from "./requirements-txt";
import { setupCfg } from "./setup-cfg";
import { setupPy } from "./setup-py";
import { condaEnvironment, pubspec, shard } from "./yaml-manifests";

/** Every kind of manifest that is read, in the order in which their names are looked at for the app's. */
export const manifestKinds: readonly ManifestKind[] = [
  ...[
    packageJson,
    meteorPackages,
    denoJson,
    pyprojectToml,
    setupCfg,
    setupPy,
    requirementsTxt,
    pipfile,
    condaEnvironment,
    goMod,
  ],
  ...[gemfile, composerJson, pomXml, gradle, buildSbt, depsEdn, projectClj, dotnetProject, cargoToml, mixExs],
  ...[pubspec, packageSwift, shard, cabal, hpack],
];
