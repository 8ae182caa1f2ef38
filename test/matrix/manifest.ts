import fs from "node:fs";
import path from "node:path";
import type { MatrixLanguage } from "./drivers";

export const appsFolder = path.join(__dirname, "apps");

const manifestFiles: Record<MatrixLanguage, string> = {
  node: "package.json",
  python: "requirements.txt",
  go: "go.mod",
};

/** The packages that an app's manifest names, with the exact version that it pins. */
export function readPins(app: string, language: MatrixLanguage): Map<string, string> {
  const text = fs.readFileSync(path.join(appsFolder, app, manifestFiles[language]), "utf8");
  switch (language) {
    case "node":
      return new Map(Object.entries((JSON.parse(text) as { dependencies: Record<string, string> }).dependencies));
    case "python":
      return new Map(text.split("\n").flatMap((line) => pair(/^([\w-]+)(?:\[.*\])?==(.+)$/.exec(line))));
    case "go":
      return new Map(text.split("\n").flatMap((line) => pair(/^(?:require)?\s+(\S+) v(\S+)$/.exec(line))));
  }
}

function pair(match: RegExpExecArray | null): [string, string][] {
  return match?.[1] !== undefined && match[2] !== undefined ? [[match[1], match[2]]] : [];
}

/** One package.json for all of these apps, so that they are installed once. */
export function joinNodeManifests(apps: readonly string[]): string {
  const dependencies = new Map<string, string>();
  for (const app of apps) {
    for (const [name, version] of readPins(app, "node")) {
      const other = dependencies.get(name);
      if (other !== undefined && other !== version) throw new Error(`${app} pins ${name} ${version}, another ${other}`);
      dependencies.set(name, version);
    }
  }
  return JSON.stringify({ private: true, dependencies: Object.fromEntries([...dependencies].sort()) }, null, 2);
}

/** One requirements.txt for all of these apps; pip itself refuses two versions of a package. */
export function joinPythonManifests(apps: readonly string[]): string {
  const lines = apps.flatMap((app) =>
    fs
      .readFileSync(path.join(appsFolder, app, manifestFiles.python), "utf8")
      .trim()
      .split("\n"),
  );
  return `${[...new Set(lines)].sort().join("\n")}\n`;
}
