import type { ManifestReading } from "../manifests/manifest";

/** Whether the app's manifests install one of these packages where the app runs. */
export function installs(readings: readonly ManifestReading[], packages: readonly string[]): boolean {
  return readings.some(({ dependencies }) => {
    return dependencies.some(({ name, scope }) => scope !== "development" && packages.includes(name));
  });
}

/** Whether they name one of these packages at all, be it for development. */
export function mentions(readings: readonly ManifestReading[], packages: readonly string[]): boolean {
  return readings.some(({ dependencies }) => dependencies.some(({ name }) => packages.includes(name)));
}
