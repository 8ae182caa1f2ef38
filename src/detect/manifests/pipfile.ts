import { parseTomlDocument } from "../documents/toml";
import { Source } from "../place";
import { type ManifestKind, named } from "./manifest";
import { tabledDependencies } from "./python-tables";

/** Pipenv's manifest; `[dev-packages]` don't run where the app runs. */
export const pipfile: ManifestKind = {
  title: "Pipfile",
  find: named("Pipfile"),
  read(view, file) {
    const document = parseTomlDocument(new Source(file, view.readText(file)));
    return { language: "python", dependencies: tabledDependencies(document, ["packages"], "runtime"), document };
  },
};
