import path from "node:path";
import { services } from "../../connection/services";
import { detectApp } from "../../detect/detect";
import type { FileView } from "../../detect/file-view";
import { detectMembers } from "../../detect/members";
import type { DetectedService, Detection } from "../../detect/types";
import { openApp } from "../../detect/workspace";
import { LeashError } from "../../errors";
import { resolveAppDirectory } from "../../platform/app-directory";
import { print, printJson } from "../../terminal";

export function detect(directory: string, { json }: { json?: boolean }): void {
  const real = resolveAppDirectory(directory);
  const view = openApp(real);
  const detection = orNameApps(view, () => detectApp(view, path.basename(real)));
  const apps = detectMembers(view);
  if (json) {
    printJson({
      ...publicFacts(detection),
      ...(apps.length > 0 && { apps: apps.map(({ path, detection }) => ({ path, ...summary(detection) })) }),
    });
    return;
  }
  print(`✓ Detected: ${describeApp(detection)}`);
  for (const service of detection.services) {
    const verb = service.verdict === "uses" ? "uses" : "may use";
    print(`⚠ Your app ${verb} ${services[service.service].title} (${shownDriver(service)})`);
    for (const { file, line, text, says } of service.evidence) print(`    ${file}:${line}  ${text}  (${says})`);
    const others = service.variables.filter((name) => name !== services[service.service].variable);
    if (others.length > 0) print(`    It reads its connection from ${others.join(", ")}.`);
  }
  for (const { extension, evidence } of detection.needs ?? []) {
    print(`  It will want the extension ${extension}: ${evidence.file}:${evidence.line}  ${evidence.text}`);
  }
  if (detection.services.length === 0) print("  No database dependency found.");
  if (apps.length > 0) print("  Apps of this workspace, each to be deployed by its own folder:");
  for (const { path, detection } of apps) {
    const used = detection.services.map(
      (one) => `${one.verdict === "uses" ? "" : "perhaps "}${services[one.service].title}`,
    );
    print(`    ${path}  ${describeApp(detection)}${used.length > 0 ? ` — ${used.join(", ")}` : ""}`);
  }
}

/** The contract's document: what deploy alone needs to know is left out. */
export function publicFacts({ name, language, framework, services, needs }: Detection) {
  return {
    ...{ name, language, framework, services: services.map(({ reads, ...service }) => service) },
    ...(needs && { needs }),
  };
}

const summary = ({ name, language, framework, services }: Detection) => ({
  ...{ name, language, framework },
  services: services.map(({ service, verdict }) => ({ service, verdict })),
});

/**
 * A workspace's root that is no app itself: which apps there are is what its user wants to know.
 * @throws LeashError `detect/…`
 */
export function orNameApps<T>(view: FileView, detect: () => T): T {
  try {
    return detect();
  } catch (error) {
    if (!(error instanceof LeashError) || error.code !== "detect/no-manifest") throw error;
    const apps = detectMembers(view).map(({ path }) => path);
    if (apps.length === 0) throw error;
    throw new LeashError(error.code, error.message, {
      hint: `It is a workspace; name one of its apps: ${apps.join(", ")}.`,
      cause: error,
    });
  }
}

/** "flask (python)" */
export function describeApp({ language, framework }: Pick<Detection, "language" | "framework">): string {
  return framework === null ? language : `${framework} (${language})`;
}

/** What speaks for a service, in a word: its first driver, or the file that names it. */
export function shownDriver({ drivers, evidence }: Pick<DetectedService, "drivers" | "evidence">): string {
  return drivers[0] ?? evidence[0]?.file ?? "its environment";
}
