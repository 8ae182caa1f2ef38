import { parseJsonDocument } from "../documents/json";
import { Source } from "../place";
import type { Dependency, ManifestKind } from "./manifest";

/** Deno's config: what `imports` map to modules of npm, of JSR and of deno.land. Tests import from the same map. */
export const denoJson: ManifestKind = {
  title: "deno.json",
  find: (_view, names) => names.filter((name) => /^deno\.jsonc?$/.test(name)).slice(0, 1),
  read(view, file, faults) {
    const document = parseJsonDocument(new Source(file, view.readText(file)), "with comments");
    const imports = faults.collect(() => document.table("imports"), undefined) ?? new Map();
    const dependencies = [...imports.values()].flatMap((wanted): Dependency[] => {
      const name = typeof wanted.value === "string" ? moduleName(wanted.value) : undefined;
      return name ? [{ name, extras: [], scope: "runtime", place: document.place(wanted) }] : [];
    });
    const name = faults.collect(() => document.string("name"), undefined)?.replace(/^@[^/]*\//, "");
    return { language: "node", ...(name ? { name } : {}), dependencies, document };
  },
};

/** `npm:pg@8`, `jsr:@db/postgres@^0.19`, `https://deno.land/x/postgres@v0.17.0/mod.ts`; `std` is Deno's own. */
function moduleName(specifier: string): string | undefined {
  const npm = /^npm:\/?(@[^/@]+\/[^/@]+|[^/@]+)/.exec(specifier)?.[1];
  if (npm) return npm;
  const jsr = /^jsr:\/?@([^/@]+)\/([^/@]+)/.exec(specifier);
  if (jsr) return `@jsr/${jsr[1]}__${jsr[2]}`;
  const land = /^https:\/\/deno\.land\/x\/([\w-]+)/.exec(specifier)?.[1];
  const other = /^https:\/\/(?:esm\.sh|cdn\.skypack\.dev)\/(@[^/@]+\/[^/@?]+|[^/@?]+)/.exec(specifier)?.[1];
  return land ? `deno.land/x/${land}` : other;
}
