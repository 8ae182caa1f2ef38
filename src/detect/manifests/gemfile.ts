import type { FileView } from "../file-view";
import { Source } from "../place";
import type { Dependency, ManifestKind, Scope } from "./manifest";
import { rubyLines } from "./ruby-lines";

const developmentGroups =
  /^(dev|devel|development|tests?|testing|ci|lint|linting|docs?|documentation|tools|profile|profiling|rubocop|debug|benchmark|deploy)$/;

/** Bundler's manifest, and the gemspec that it takes its gems from. Ruby is not run: what is computed is not seen. */
export const gemfile: ManifestKind = {
  title: "Gemfile",
  find(_view, names) {
    const own = ["Gemfile", "gems.rb"].find((name) => names.includes(name));
    return own === undefined ? names.filter((name) => name.endsWith(".gemspec")) : [own];
  },
  read(view, file) {
    const source = new Source(file, view.readText(file));
    if (file.endsWith(".gemspec")) return { language: "ruby", ...readGemspec(source) };
    const { dependencies, gemspec } = readGemfile(source);
    const spec = gemspec ? gemspecOf(view) : undefined;
    return {
      language: "ruby",
      ...(spec?.name === undefined ? {} : { name: spec.name }),
      dependencies: [...dependencies, ...(spec?.dependencies ?? [])],
    };
  },
};

interface Block {
  /** Undefined for one that says nothing about when its gems are installed. */
  scope?: Scope;
}

function readGemfile(source: Source): { dependencies: Dependency[]; gemspec: boolean } {
  const dependencies: Dependency[] = [];
  const blocks: Block[] = [];
  let gemspec = false;
  for (const { text, line } of rubyLines(source)) {
    const gem = /^gem[\s(]+(["'])([\w.-]+)\1(.*)$/s.exec(text);
    if (gem) {
      const scope = gemScope(gem[3]!, blocks);
      dependencies.push({ name: gem[2]!.toLowerCase(), extras: [], scope, place: { source, line } });
    } else if (/^gemspec\b/.test(text)) {
      gemspec = true;
    } else if (/^end\b/.test(text)) {
      blocks.pop();
    } else if (/^group\b.*\bdo\b/s.test(text)) {
      blocks.push({ scope: groupScope(text) });
    } else if (/^(if|unless|case)\b/.test(text)) {
      blocks.push({ scope: "optional" });
    } else if (/^(while|until|for|def|begin|class|module)\b|\bdo\b(\s*\|[^|]*\|)?\s*$/.test(text)) {
      blocks.push({});
    }
  }
  return { dependencies, gemspec };
}

/** `group: :test`, `:groups => [:development, :test]`; else what the blocks around say, the innermost first. */
function gemScope(options: string, blocks: readonly Block[]): Scope {
  const own = /\bgroups?:\s*(\[[^\]]*\]|%i[[(][^\])]*[\])]|:?["']?\w+)|:groups?\s*=>\s*(\[[^\]]*\]|:?["']?\w+)/.exec(
    options,
  );
  if (own) return groupScope(own[1] ?? own[2] ?? "");
  if (/\brequire:\s*false\b.*\bif\b|\s(if|unless)\s/.test(options) && !/RUBY_|RUBY_PLATFORM|Gem\.win/.test(options))
    return "optional";
  const around = blocks.flatMap(({ scope }) => scope ?? []);
  return around.includes("development") ? "development" : around.includes("optional") ? "optional" : "runtime";
}

function groupScope(words: string): Scope {
  if (/\boptional:\s*true|:optional\s*=>\s*true/.test(words)) return "optional";
  const names = [...words.replace(/\bgroup\b|\bdo\b|\boptional\b|\btrue\b|\bfalse\b/g, " ").matchAll(/\w+/g)].map(
    ([name]) => name.toLowerCase(),
  );
  return names.length > 0 && names.every((name) => developmentGroups.test(name)) ? "development" : "runtime";
}

function gemspecOf(view: FileView): ReturnType<typeof readGemspec> | undefined {
  const file = view.list("").find((name) => name.endsWith(".gemspec"));
  return file === undefined ? undefined : readGemspec(new Source(file, view.readText(file)));
}

/** `spec.add_dependency "pg", ">= 1"`; the Gemfile's development gems stand beside it. */
function readGemspec(source: Source): { name?: string; dependencies: Dependency[] } {
  const dependencies: Dependency[] = [];
  let name: string | undefined;
  for (const { text, line } of rubyLines(source)) {
    name ??= /^\w+\.name\s*=\s*(["'])([\w.-]+)\1/.exec(text)?.[2];
    const found = /^\w+\.add_(runtime_|development_)?dependency[\s(]+(["'])([\w.-]+)\2/.exec(text);
    if (!found) continue;
    const scope: Scope = found[1] === "development_" ? "development" : "runtime";
    dependencies.push({ name: found[3]!.toLowerCase(), extras: [], scope, place: { source, line } });
  }
  return { ...(name === undefined ? {} : { name }), dependencies };
}
