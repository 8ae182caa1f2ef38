import { iniOptions } from "../documents/ini";
import type { Faults } from "../faults";
import type { FileView } from "../file-view";
import { Source } from "../place";
import type { Dependency, ManifestKind, Scope } from "./manifest";
import { scopeOfExtra } from "./python-scope";
import { parseRequirement } from "./requirement";
import { requirementsOf } from "./requirements-txt";

/** setuptools' declarative manifest. Many a `setup.cfg` holds the settings of linters alone: that is none. */
export const setupCfg: ManifestKind = {
  title: "setup.cfg",
  find(view, names) {
    const isManifest = names.includes("setup.cfg") && /^\[(metadata|options)\b/m.test(view.readText("setup.cfg"));
    return isManifest ? ["setup.cfg"] : [];
  },
  read(view, file, faults) {
    const source = new Source(file, view.readText(file));
    const dependencies: Dependency[] = [];
    let name: string | undefined;
    for (const { section, key, lines } of iniOptions(source)) {
      if (section === "metadata" && key === "name") name = lines[0]?.text;
      const scope = scopeOf(section, key);
      if (scope !== undefined) dependencies.push(...listed(view, source, lines, scope, faults));
    }
    return { language: "python", ...(name ? { name } : {}), dependencies };
  },
};

/** `tests_require` and `setup_requires` install nothing where the app runs. */
function scopeOf(section: string, key: string): Scope | undefined {
  if (section === "options" && key === "install_requires") return "runtime";
  return section === "options.extras_require" ? scopeOfExtra(key) : undefined;
}

/** One requirement a line; on a single line they are parted by semicolons. */
function listed(
  view: FileView,
  source: Source,
  lines: readonly { text: string; line: number }[],
  scope: Scope,
  faults: Faults,
): Dependency[] {
  return lines.flatMap(({ text, line }): Dependency[] => {
    const included = /^file:(.*)$/.exec(text)?.[1];
    if (included !== undefined) {
      return included.split(",").flatMap((path) => requirementsOf(view, path.trim(), scope, faults));
    }
    const words = lines.length === 1 ? text.split(";") : [text];
    return words.flatMap((word) => {
      const requirement = parseRequirement(word);
      return requirement === undefined ? [] : { ...requirement, scope, place: { source, line } };
    });
  });
}
