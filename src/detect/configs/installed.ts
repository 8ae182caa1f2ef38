import type { ManifestReading } from "../manifests/manifest";

/** Whether the app's manifests install one of these packages where the app runs. */
export function installs(readings: readonly ManifestReading[], packages: readonly string[]): boolean {
  return readings.some(({ dependencies }) => {
    return dependencies.some(({ name, scope }) => scope !== "development" && packages.includes(name));
  });
}
