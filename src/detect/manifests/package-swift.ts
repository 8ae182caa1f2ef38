import { type Token, tokensOf } from "../documents/script";
import { Source } from "../place";
import { type Dependency, type ManifestKind, named } from "./manifest";

/**
 * Swift's manifest, a program that is not run: `.package(url: "…/postgres-nio.git", …)` is there where the app runs if a
 * target that is no test names a product of it, or if none names any.
 */
export const packageSwift: ManifestKind = {
  title: "Package.swift",
  find: named("Package.swift"),
  read(view, file) {
    const source = new Source(file, view.readText(file));
    const tokens = [...tokensOf(source.text)];
    const packages: Dependency[] = [];
    const local: string[] = [];
    const used = new Map<string, boolean>();
    let target: "test" | "runtime" | undefined;
    let name: string | undefined;
    for (const [at, { kind, text }] of tokens.entries()) {
      if (kind !== "word") continue;
      if (text === "Package" && name === undefined) name = argument(tokens, at, "name")?.text;
      if (text === "testTarget") target = "test";
      if (/^(target|executableTarget|macro|plugin)$/.test(text)) target = "runtime";
      if (!isCall(tokens, at)) continue;
      if (text === "package") {
        const url = argument(tokens, at, "url");
        const path = argument(tokens, at, "path");
        if (path) local.push(path.text);
        const place = { source, line: source.position((url ?? tokens[at]!).offset).line };
        if (url) packages.push({ name: packageName(url.text), extras: [], scope: "runtime", place });
      } else if (text === "product" && target) {
        const from = argument(tokens, at, "package")?.text;
        if (from) used.set(packageName(from), used.get(packageName(from)) === true || target === "runtime");
      }
    }
    const dependencies = packages.map((one): Dependency => {
      return used.get(one.name) === false ? { ...one, scope: "development" } : one;
    });
    return { language: "swift", ...(name ? { name } : {}), dependencies, local };
  },
};

/** The last segment of the address, which is how the package manager tells packages apart. */
export function packageName(address: string): string {
  return address
    .replace(/\.git$/, "")
    .replace(/\/+$/, "")
    .split("/")
    .pop()!
    .toLowerCase();
}

const isCall = (tokens: readonly Token[], at: number) => tokens[at + 1]?.text === "(";

/** The string behind `label:` in the brackets that follow. */
function argument(tokens: readonly Token[], at: number, label: string): Token | undefined {
  let depth = 0;
  for (let index = at + 1; index < Math.min(tokens.length, at + 60); index++) {
    const { kind, text } = tokens[index]!;
    if (kind === "sign" && text === "(") depth++;
    if (kind === "sign" && text === ")" && --depth === 0) return undefined;
    if (depth !== 1 || kind !== "word" || text !== label || tokens[index + 1]?.text !== ":") continue;
    const value = tokens[index + 2];
    return value?.kind === "string" ? value : undefined;
  }
  return undefined;
}
