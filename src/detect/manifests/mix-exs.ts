import { Source } from "../place";
import { type Dependency, type ManifestKind, named, type Scope } from "./manifest";

/**
 * Elixir's manifest, read without running it: the tuples of `deps`, wherever they stand (`{:postgrex, ">= 0.0.0", only:
 * :test}`).
 */
export const mixExs: ManifestKind = {
  title: "mix.exs",
  find: named("mix.exs"),
  read(view, file) {
    const source = new Source(file, view.readText(file));
    const text = blankComments(source.text);
    const name = /\bapp:\s*:(\w+)/.exec(text)?.[1];
    const dependencies: Dependency[] = [];
    const local: string[] = [];
    for (const match of text.matchAll(/\{\s*:(\w+)\s*,([^{}]*)\}/g)) {
      const [, dependency, options] = match;
      // Other tuples have no version and no place that they come from.
      if (!/["~]|\b(path|git|github|in_umbrella|hex):/.test(options!)) continue;
      if (/\bin_umbrella:\s*true/.test(options!)) local.push(`../${dependency}`);
      const { line } = source.position(match.index);
      dependencies.push({ name: dependency!, extras: [], scope: scopeOf(options!), place: { source, line } });
    }
    return { language: "elixir", ...(name === undefined ? {} : { name }), dependencies, local };
  },
};

/** `only: :test`, `only: [:dev, :test]`; `optional: true` and `runtime: false` are installed all the same. */
function scopeOf(options: string): Scope {
  const only = /\bonly:\s*(\[[^\]]*\]|:\w+)/.exec(options)?.[1];
  if (only === undefined) return "runtime";
  return /:prod\b/.test(only) ? "runtime" : "development";
}

/** Comments as spaces, so that offsets stay; a `#` in a string is none. */
function blankComments(text: string): string {
  return text.replace(/"(?:[^"\\\n]|\\.)*"|#[^\n]*/g, (found) =>
    found.startsWith("#") ? " ".repeat(found.length) : found,
  );
}
