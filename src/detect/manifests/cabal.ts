import type { LocatedValue } from "../documents/document";
import { parseYamlDocuments } from "../documents/yaml";
import { Source } from "../place";
import { type Dependency, type ManifestKind, named, type Scope } from "./manifest";

const packageName = /^[A-Za-z][A-Za-z0-9-]*/;

/** Haskell's package description: `build-depends` of what is no test and no benchmark. */
export const cabal: ManifestKind = {
  title: "*.cabal",
  find: (_view, names) => names.filter((name) => name.endsWith(".cabal") && name !== ".cabal").slice(0, 1),
  read(view, file) {
    const source = new Source(file, view.readText(file));
    const dependencies: Dependency[] = [];
    let scope: Scope = "runtime";
    let name: string | undefined;
    // The column of the field whose lines go on.
    let field: number | undefined;
    for (let line = 1; line <= source.lineCount; line++) {
      const text = source.line(line);
      const words = text.trim();
      if (words === "" || words.startsWith("--")) continue;
      const column = text.length - text.trimStart().length;
      const section =
        column === 0
          ? /^(library|executable|test-suite|benchmark|common|flag|source-repository|foreign-library)\b/i.exec(words)
          : null;
      if (section) scope = /^(test-suite|benchmark)/i.test(section[1]!) ? "development" : "runtime";
      if (column === 0) name ??= /^name\s*:\s*([\w-]+)/i.exec(words)?.[1];
      const begins = /^build-depends\s*:(.*)$/i.exec(words);
      if (begins) field = column;
      else if (field !== undefined && column <= field) field = undefined;
      if (field === undefined) continue;
      for (const part of (begins?.[1] ?? words).split(",")) {
        const found = packageName.exec(part.trim())?.[0];
        if (found) dependencies.push({ name: found, extras: [], scope, place: { source, line } });
      }
    }
    return { language: "haskell", ...(name ? { name } : {}), dependencies };
  },
};

/** hpack's, which writes the .cabal file. */
export const hpack: ManifestKind = {
  title: "package.yaml",
  find: named("package.yaml"),
  read(view, file) {
    const source = new Source(file, view.readText(file));
    const [document] = parseYamlDocuments(source);
    const dependencies: Dependency[] = [];
    const add = (value: LocatedValue | undefined, scope: Scope, at: number) => {
      const items = Array.isArray(value)
        ? value
        : value instanceof Map
          ? [...value].map(([key, { offset }]) => ({ value: key, offset }))
          : [{ value, offset: at }];
      for (const { value: one, offset } of items) {
        const found = typeof one === "string" ? packageName.exec(one)?.[0] : undefined;
        if (found)
          dependencies.push({ name: found, extras: [], scope, place: { source, line: source.position(offset).line } });
      }
    };
    const section = (table: LocatedValue | undefined, scope: Scope) => {
      const found = table instanceof Map ? table.get("dependencies") : undefined;
      if (found) add(found.value, scope, found.offset);
    };
    const root = document?.root;
    section(root, "runtime");
    for (const key of ["library", "executable"]) section(root?.get(key)?.value, "runtime");
    for (const key of ["executables", "tests", "benchmarks"]) {
      const table = root?.get(key)?.value;
      if (table instanceof Map)
        for (const one of table.values()) section(one.value, key === "executables" ? "runtime" : "development");
    }
    const name = root?.get("name")?.value;
    return { language: "haskell", ...(typeof name === "string" ? { name } : {}), dependencies };
  },
};
