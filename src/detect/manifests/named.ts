import type { Dependency, ManifestReading } from "./manifest";

/** One dependency where there is but one by its name, as nearly always. */
type Index = Map<string, Dependency | Dependency[]>;

/** Each manifest is asked for hundreds of names, and some have tens of thousands of dependencies. */
const indexes = new WeakMap<readonly Dependency[], Index>();

/** What a manifest has by this name (`sqlx`, or `sqlx[postgres]` for one of its extras), in its order. */
export function dependenciesNamed({ dependencies }: ManifestReading, name: string): readonly Dependency[] {
  const found = (indexes.get(dependencies) ?? indexed(dependencies)).get(name);
  if (found === undefined) return nothing;
  return Array.isArray(found) ? found : [found];
}

const nothing: readonly Dependency[] = [];

function indexed(dependencies: readonly Dependency[]): Index {
  const index: Index = new Map();
  for (const dependency of dependencies) {
    add(index, dependency.name, dependency);
    for (const extra of dependency.extras) add(index, `${dependency.name}[${extra}]`, dependency);
  }
  indexes.set(dependencies, index);
  return index;
}

function add(index: Index, key: string, dependency: Dependency): void {
  const known = index.get(key);
  if (known === undefined) index.set(key, dependency);
  else if (Array.isArray(known)) known.push(dependency);
  else index.set(key, [known, dependency]);
}
