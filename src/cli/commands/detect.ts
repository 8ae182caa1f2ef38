import path from "node:path";
import { services } from "../../connection/services";
import { detectApp } from "../../detect/detect";
import { openFolder } from "../../detect/file-view";
import type { DetectedService, Detection } from "../../detect/types";
import { resolveAppDirectory } from "../../platform/app-directory";

import { print, printJson } from "../terminal";

export function detect(directory: string, { json }: { json?: boolean }): void {
  const real = resolveAppDirectory(directory);
  const detection = detectApp(openFolder(real), path.basename(real));
  if (json) {
    const { name, language, framework, services } = detection;
    printJson({ name, language, framework, services: services.map(({ reads, ...service }) => service) });
    return;
  }
  print(`✓ Detected: ${describeApp(detection)}`);
  for (const service of detection.services) {
    const verb = service.verdict === "uses" ? "uses" : "may use";
    print(`⚠ Your app ${verb} ${services[service.service].title} (${shownDriver(service)})`);
    for (const { file, line, text, says } of service.evidence) print(`    ${file}:${line}  ${text}  (${says})`);
  }
  if (detection.services.length === 0) print("  No database dependency found.");
}

/** "flask (python)" */
export function describeApp({ language, framework }: Pick<Detection, "language" | "framework">): string {
  return framework === null ? language : `${framework} (${language})`;
}

/** What speaks for a service, in a word: its first driver, or the file that names it. */
export function shownDriver({ drivers, evidence }: Pick<DetectedService, "drivers" | "evidence">): string {
  return drivers[0] ?? evidence[0]?.file ?? "its environment";
}
