import { type Form, readEdn, valueOfKey } from "../documents/edn";
import { Source } from "../place";
import { type Dependency, type ManifestKind, named, type Scope } from "./manifest";
import { mavenName } from "./pom-xml";

/** `deps.edn`: what aliases add (`:extra-deps`) is there for those who name the alias. */
export const depsEdn: ManifestKind = {
  title: "deps.edn",
  find: named("deps.edn"),
  read(view, file) {
    const source = new Source(file, view.readText(file));
    const root = listOf(readEdn(source.text).find(({ kind }) => kind === "list"));
    const aliases = pairs(listOf(valueOfKey(root, ":aliases")));
    return {
      language: "clojure",
      dependencies: [
        ...namesIn(listOf(valueOfKey(root, ":deps")), "runtime", source),
        ...aliases.flatMap(([name, alias]) => {
          const scope = /^:(prod|production|run|main|server|uberjar|postgres\w*)$/.test(name)
            ? "optional"
            : "development";
          return namesIn(listOf(valueOfKey(listOf(alias), ":extra-deps")), scope, source);
        }),
      ],
    };
  },
};

/** Leiningen's: `:dependencies [[group/artifact "1"]]`, and those of profiles. */
export const projectClj: ManifestKind = {
  title: "project.clj",
  find: named("project.clj"),
  read(view, file) {
    const source = new Source(file, view.readText(file));
    const project = readEdn(source.text)
      .map(listOf)
      .find(([first]) => first?.kind === "atom" && first.text === "defproject");
    const items = project ?? [];
    const name = items[1]?.kind === "atom" ? items[1].text.split("/").pop() : undefined;
    const profiles = pairs(listOf(valueOfKey(items, ":profiles")));
    return {
      language: "clojure",
      ...(name ? { name } : {}),
      dependencies: [
        ...vectorsIn(valueOfKey(items, ":dependencies"), "runtime", source),
        ...profiles.flatMap(([profile, settings]) => {
          const scope = /^:(prod|production|uberjar)$/.test(profile) ? "runtime" : "development";
          return vectorsIn(valueOfKey(listOf(settings), ":dependencies"), scope, source);
        }),
      ],
    };
  },
};

function listOf(form: Form | undefined): Form[] {
  return form?.kind === "list" ? form.items : [];
}

function pairs(items: readonly Form[]): [key: string, value: Form][] {
  return items.flatMap((form, at): [string, Form][] => {
    const value = items[at + 1];
    return at % 2 === 0 && form.kind === "atom" && value ? [[form.text, value]] : [];
  });
}

const namesIn = (items: readonly Form[], scope: Scope, source: Source): Dependency[] =>
  items.filter((_, at) => at % 2 === 0).flatMap((form) => dependencyOf(form, scope, source));

function vectorsIn(form: Form | undefined, scope: Scope, source: Source): Dependency[] {
  return listOf(form).flatMap((one) => {
    const [artifact, ...options] = listOf(one);
    const own = valueOfKey(options, ":scope");
    const isTest = own?.kind === "atom" && own.text === '"test"';
    return artifact ? dependencyOf(artifact, isTest ? "development" : scope, source) : [];
  });
}

/** `org.postgresql/postgresql`; `ring` alone is `ring/ring`. */
function dependencyOf(form: Form, scope: Scope, source: Source): Dependency[] {
  if (form.kind !== "atom" || !/^[\w.]/.test(form.text)) return [];
  const [group, artifact = group] = form.text.split("/");
  const place = { source, line: source.position(form.offset).line };
  return [{ name: mavenName(group!, artifact!), extras: [], scope, place }];
}
