import { posix } from "node:path";
import { parseTomlDocument } from "../documents/toml";
import type { FileView } from "../file-view";
import { type Place, Source } from "../place";
import type { Language } from "../types";
import type { Dependency, ManifestKind, Scope } from "./manifest";
import { mavenName } from "./pom-xml";

const buildFiles = ["build.gradle.kts", "build.gradle"];
const settingsFiles = ["settings.gradle.kts", "settings.gradle"];
const mostBuilds = 60;

/**
 * Gradle's build files, in Groovy and in Kotlin, with the subprojects that the settings include and the version catalog.
 * They are programs: what is read is what stands in them as words (`implementation("org.postgresql:postgresql:42.7")`,
 * `runtimeOnly(libs.postgresql)`).
 */
export const gradle: ManifestKind = {
  title: "build.gradle",
  find(view, names) {
    const own = buildFiles.filter((name) => names.includes(name)).slice(0, 1);
    const settings = settingsFiles.find((name) => names.includes(name));
    if (own.length > 0) return own;
    // A root that is settings alone.
    return settings === undefined ? [] : subprojects(view).slice(0, 1);
  },
  read(view, file) {
    const root = rootOf(view);
    const catalog = readCatalog(view, root);
    const dependencies: Dependency[] = [];
    const local: string[] = [];
    let language: Language = "java";
    for (const each of new Set([file, ...subprojects(view)])) {
      const source = new Source(each, view.readText(each));
      const text = blankComments(source.text);
      if (
        /\bkotlin\s*\(\s*"(jvm|multiplatform)"|org\.jetbrains\.kotlin|\bkotlin-jvm\b|libs\.plugins\.kotlin/.test(text)
      )
        language = "kotlin";
      dependencies.push(...dependenciesOf(text, source, catalog));
      // From a root all its subprojects are read.
      if (root !== "") local.push(...projectsIn(text).map((folder) => posix.join(root, folder)));
    }
    const name = rootName(view);
    return { language, ...(name === undefined ? {} : { name }), dependencies, local };
  },
};

const developmentConfigurations =
  /test|benchmark|^kapt$|^ksp$|annotationprocessor|compileonly$|^detekt|^jmh|^classpath$/i;
const configuration = String.raw`\b([a-z]\w*(?:Implementation|RuntimeOnly|CompileOnly|Api)|implementation|api|compile|runtime|runtimeOnly|compileOnly|testCompile|classpath|developmentOnly|testAndDevelopmentOnly|annotationProcessor|kapt|ksp)`;

function dependenciesOf(text: string, source: Source, catalog: ReadonlyMap<string, string[]>): Dependency[] {
  const found: Dependency[] = [];
  const add = (offset: number, word: string, names: readonly string[]) => {
    const scope: Scope =
      developmentConfigurations.test(word) || /developmentonly/i.test(word) ? "development" : "runtime";
    const place: Place = { source, line: source.position(offset).line };
    for (const name of names) found.push({ name, extras: [], scope, place });
  };
  // implementation("group:artifact:version"), with platform(…) or a block around it.
  const coordinates = new RegExp(
    String.raw`${configuration}[\s(]+(?:enforcedPlatform|platform)?[\s(]*(["'])([\w.-]+):([\w.-]+)(?::[^"'\n]*)?\2`,
    "g",
  );
  for (const match of text.matchAll(coordinates)) add(match.index, match[1]!, [mavenName(match[3]!, match[4]!)]);
  // implementation group: 'g', name: 'a'; and in Kotlin group = "g", name = "a".
  const named = new RegExp(
    String.raw`${configuration}[\s(]+group\s*[:=]\s*(["'])([\w.-]+)\2\s*,\s*name\s*[:=]\s*(["'])([\w.-]+)\4`,
    "g",
  );
  for (const match of text.matchAll(named)) add(match.index, match[1]!, [mavenName(match[3]!, match[5]!)]);
  // implementation(libs.postgresql)
  const alias = new RegExp(String.raw`${configuration}[\s(]+libs\.([A-Za-z][\w.]*)`, "g");
  for (const match of text.matchAll(alias)) {
    const path = match[2]!.replace(/\.get$/, "");
    add(match.index, match[1]!, catalog.get(path.toLowerCase()) ?? []);
  }
  // The framework is told by its plugin: id("org.springframework.boot").
  for (const match of text.matchAll(/\bid[\s(]+(["'])([\w.-]+)\1/g))
    add(match.index, "implementation", [`plugin:${match[2]!.toLowerCase()}`]);
  return found;
}

/** What the version catalog calls `libs.a.b`; a bundle is several. */
function readCatalog(view: FileView, root: string): Map<string, string[]> {
  const file = posix.join(root, "gradle/libs.versions.toml");
  const catalog = new Map<string, string[]>();
  if (view.kindOf(file) !== "file") return catalog;
  const document = parseTomlDocument(new Source(file, view.readText(file)));
  const accessor = (alias: string) => alias.replace(/[-_]/g, ".").toLowerCase();
  for (const [alias, { value }] of document.table("libraries") ?? []) {
    const module = typeof value === "string" ? value : value instanceof Map ? moduleOf(value) : undefined;
    const [group, artifact] = module?.split(":") ?? [];
    if (group && artifact) catalog.set(accessor(alias), [mavenName(group, artifact)]);
  }
  for (const [alias, { value }] of document.table("bundles") ?? []) {
    if (!Array.isArray(value)) continue;
    const names = value.flatMap(({ value: one }) =>
      typeof one === "string" ? (catalog.get(accessor(one)) ?? []) : [],
    );
    catalog.set(`bundles.${accessor(alias)}`, names);
  }
  return catalog;
}

function moduleOf(table: Map<string, { value: unknown }>): string | undefined {
  const [module, group, name] = ["module", "group", "name"].map((key) => table.get(key)?.value);
  if (typeof module === "string") return module;
  return typeof group === "string" && typeof name === "string" ? `${group}:${name}` : undefined;
}

/** The build files of `include(":api", ":worker")`, in the folders that Gradle takes for them. */
function subprojects(view: FileView): string[] {
  const text = settingsText(view);
  if (text === undefined) return [];
  const included = [...text.matchAll(/\binclude\b[\s(]*((?:["'][\w:./-]+["'][\s,]*)+)/g)].flatMap(([, list]) => {
    return [...list!.matchAll(/["']([\w:./-]+)["']/g)].map(([, path]) => path!.replace(/^:/, "").replaceAll(":", "/"));
  });
  return included.slice(0, mostBuilds).flatMap((folder) => {
    return buildFiles
      .map((name) => `${folder}/${name}`)
      .filter((file) => view.kindOf(file) === "file")
      .slice(0, 1);
  });
}

/** Where the settings stand that the folder is part of: "", "..", "../..". */
function rootOf(view: FileView): string {
  const has = (folder: string) => settingsFiles.some((name) => view.kindOf(posix.join(folder, name)) === "file");
  return ["", "..", "../..", "../../.."].find(has) ?? "";
}

/** `implementation(project(":libs:db"))`: the folder `libs/db`. */
function projectsIn(text: string): string[] {
  const found = text.matchAll(
    /\b(\w*[iI]mplementation|api|runtimeOnly)\b[\s(]+project\s*\(\s*(?:path\s*[:=]\s*)?["']:?([\w:.-]+)["']/g,
  );
  return [...found].flatMap(([, word, path]) => (/test/i.test(word!) ? [] : [path!.replaceAll(":", "/")]));
}

function rootName(view: FileView): string | undefined {
  return /rootProject\.name\s*=\s*(["'])([^"'\n]+)\1/.exec(settingsText(view) ?? "")?.[2];
}

function settingsText(view: FileView): string | undefined {
  const file = settingsFiles.find((name) => view.kindOf(name) === "file");
  return file === undefined ? undefined : blankComments(view.readText(file));
}

/** Comments as spaces, so that offsets stay; strings hold `//` too. */
export function blankComments(text: string): string {
  return text.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g, (found) => {
    return found.startsWith("/") ? found.replace(/[^\n]/g, " ") : found;
  });
}
