import path from "node:path";
import { detectApp } from "./detect/detect";
import type { Detection } from "./detect/types";
import { openApp } from "./detect/workspace";

export { detectApp } from "./detect/detect";
export type { DetectedService, Detection, Evidence, Language, Service, Verdict } from "./detect/types";
export { LeashError } from "./errors";
export { createAppId, parseAppName } from "./identifier";
export { type Plan, type PlanName, planNames, plans } from "./plans";
export {
  type AppDatabaseDescription,
  describeAppDatabase,
  describeServerBaseline,
  type ServerBaselineDescription,
} from "./tenancy/describe";

/**
 * What the manifests of an app's folder tell.
 * @throws LeashError `detect/…`
 */
export function detectFolder(directory: string): Detection {
  const folder = path.resolve(directory);
  return detectApp(openApp(folder), path.basename(folder));
}
