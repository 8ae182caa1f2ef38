import { buildSbt } from "./build-sbt";
import { cargoToml } from "./cargo-toml";
import { composerJson } from "./composer-json";
import { dotnetProject } from "./dotnet-project";
import { gemfile } from "./gemfile";
import { goMod } from "./go-mod";
import { gradle } from "./gradle";
import type { ManifestKind } from "./manifest";
import { mixExs } from "./mix-exs";
import { packageJson } from "./package-json";
import { pipfile } from "./pipfile";
import { pomXml } from "./pom-xml";
import { pyprojectToml } from "./pyproject-toml";
import { requirementsTxt } from "./requirements-txt";
import { setupCfg } from "./setup-cfg";
import { setupPy } from "./setup-py";

/** Every kind of manifest that is read, in the order in which their names are looked at for the app's. */
export const manifestKinds: readonly ManifestKind[] = [
  ...[packageJson, pyprojectToml, setupCfg, setupPy, requirementsTxt, pipfile, goMod],
  ...[gemfile, composerJson, pomXml, gradle, buildSbt, dotnetProject, cargoToml, mixExs],
];
