import fs from "node:fs";
import path from "node:path";
import { stringify } from "smol-toml";
import { decideAttachment, describeDetection, readVariables, say } from "./attachment";

/** The lifecycle's code for "not for this app". */
const notForThisApp = 100;

/** What the plan calls what this buildpack gives. */
export const planEntry = "leash-databases";

/**
 * `bin/detect` of a Cloud Native Buildpack, in the app's folder: passes where the app uses a database, or may use one,
 * and writes the plan to CNB_BUILD_PLAN_PATH.
 */
export function detectForPlan(args: readonly string[]): number {
  const platform = process.env.CNB_PLATFORM_DIR ?? args[0];
  const variables = readVariables(platform && path.join(platform, "env"));
  const attachment = decideAttachment(process.cwd(), { ...variables, ...process.env });
  if ("reasons" in attachment) {
    say(...attachment.reasons);
    return notForThisApp;
  }
  const { detection } = attachment;
  say(...describeDetection(detection));
  const services = detection.services.map(({ service, verdict, drivers, variables }) => {
    return { service, verdict, drivers, variables };
  });
  const plan = { provides: [{ name: planEntry }], requires: [{ name: planEntry, metadata: { services } }] };
  const file = process.env.CNB_BUILD_PLAN_PATH ?? args[1];
  if (file) fs.writeFileSync(file, `${stringify(plan)}\n`);
  return 0;
}
