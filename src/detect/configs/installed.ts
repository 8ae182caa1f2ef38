import type { ManifestReading } from "../manifests/manifest";
import { dependenciesNamed } from "../manifests/named";

/** Whether the app's manifests install one of these packages where the app runs. */
export function installs(readings: readonly ManifestReading[], packages: readonly string[]): boolean {
  return readings.some((reading) => {
    return packages.some((name) => dependenciesNamed(reading, name).some(({ scope }) => scope !== "development"));
  });
}

/** Whether they name one of these packages at all, be it for development. */
export function mentions(readings: readonly ManifestReading[], packages: readonly string[]): boolean {
  return readings.some((reading) => packages.some((name) => dependenciesNamed(reading, name).length > 0));
}
