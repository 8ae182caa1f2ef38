import { ecosystemOf } from "./ecosystem";
import type { FileView } from "./file-view";
import { type Framework, frameworks } from "./frameworks";
import type { ManifestReading } from "./manifests/manifest";
import { dependenciesNamed } from "./manifests/named";
import type { Finding } from "./services";
import type { Language } from "./types";

/** Of equals the first: a `package.json` stands in many an app for its assets alone, a `go.mod` in none for nothing. */
const order: readonly Language[] = [
  ...["rust", "go", "elixir", "crystal", "haskell", "kotlin", "scala", "clojure", "java", "dotnet"],
  ...["swift", "dart", "ruby", "php", "python", "node"],
] as Language[];

/**
 * The app's language, where manifests of several are there: the one that has a server's framework; of those, the one
 * that has a driver; then the one that has anything to install where the app runs; then the first of `order`.
 */
export function decideLanguage(readings: readonly ManifestReading[], findings: readonly Finding[]): Language {
  const weigh = (language: Language) => {
    const own = readings.filter((reading) => reading.language === language);
    const marks = [
      findFramework(readings, language)?.server === true,
      findings.some((finding) => finding.ecosystem === ecosystemOf(language) && finding.service !== undefined),
      own.some(({ dependencies }) => dependencies.some(({ scope }) => scope === "runtime")),
    ];
    return marks.reduce((weight, mark) => weight * 2 + Number(mark), 0);
  };
  // A schema without any manifest still has a language: its driver's.
  const candidates = order.filter((language) =>
    readings.length > 0
      ? readings.some((one) => one.language === language)
      : findings.some(({ ecosystem }) => ecosystem === ecosystemOf(language)),
  );
  const [first = "node", ...others] = candidates;
  return others.reduce((best, candidate) => (weigh(candidate) > weigh(best) ? candidate : best), first);
}

/** The first framework of the table that manifests of this language name. */
export function findFramework(readings: readonly ManifestReading[], language: Language): Framework | undefined {
  const ecosystem = ecosystemOf(language);
  const own = readings.filter((reading) => ecosystemOf(reading.language) === ecosystem);
  const isThere = ({ packages, development }: Framework) =>
    packages.some((name) => {
      const found = own.flatMap((reading) => dependenciesNamed(reading, name));
      return development ? found.length > 0 : found.some(({ scope }) => scope === "runtime");
    });
  return frameworks.find((framework) => framework.ecosystem === ecosystem && isThere(framework));
}

/** What draws pages in a browser or screens on a phone. */
export const drawing = /^(react-dom|react-native|expo|vue|svelte|preact|solid-js|lit|@angular\/core|@ionic\/.+)$/;

/** Whether all that is built of the app runs at its users: it has no server, and draws. */
export function isForBrowsers(readings: readonly ManifestReading[], language: Language): boolean {
  const framework = findFramework(readings, language);
  if (language !== "node" || framework === undefined || framework.server) return false;
  return readings.some(({ dependencies }) => dependencies.some(({ name }) => drawing.test(name)));
}

/** Whether a crate builds nothing that could be started. */
export function isLibraryCrate(view: FileView, names: readonly string[]): boolean {
  if (!names.includes("Cargo.toml") || view.kindOf("src/lib.rs") !== "file") return false;
  const builds = view.kindOf("src/main.rs") === "file" || view.kindOf("src/bin") === "folder";
  return !builds && !/^\[\[bin\]\]/m.test(view.readText("Cargo.toml"));
}
