import { Source } from "../place";
import type { Dependency, ManifestKind } from "./manifest";

const file = ".meteor/packages";

/** Meteor's own packages, beside those of npm: a name a line, `mongo@1.16.7`. */
export const meteorPackages: ManifestKind = {
  title: file,
  find: (view, names) => (names.includes(".meteor") && view.kindOf(file) === "file" ? [file] : []),
  read(view) {
    const source = new Source(file, view.readText(file));
    const dependencies: Dependency[] = [];
    for (let line = 1; line <= source.lineCount; line++) {
      const name = /^([\w:.-]+)(@|\s|$)/.exec(source.line(line))?.[1];
      if (name) dependencies.push({ name: `meteor:${name}`, extras: [], scope: "runtime", place: { source, line } });
    }
    return { language: "node", dependencies };
  },
};
