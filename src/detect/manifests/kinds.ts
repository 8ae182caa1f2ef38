import { goMod } from "./go-mod";
import type { ManifestKind } from "./manifest";
import { packageJson } from "./package-json";
import { pipfile } from "./pipfile";
import { pyprojectToml } from "./pyproject-toml";
import { requirementsTxt } from "./requirements-txt";

/** Every kind of manifest that is read, in the order in which their names are looked at for the app's. */
export const manifestKinds: readonly ManifestKind[] = [packageJson, pyprojectToml, requirementsTxt, pipfile, goMod];
