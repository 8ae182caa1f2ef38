import { examine } from "../../platform/examine";
import { resolveHome } from "../../platform/home";
import { print, printJson } from "../../terminal";

/** Prints what was examined; 1 when something is wrong. */
export async function doctor({ json }: { json?: boolean }): Promise<number> {
  const findings = await examine(resolveHome());
  const healthy = findings.every((finding) => finding.ok);
  if (json) {
    // How to mend what is not wrong would only mislead.
    printJson({ healthy, findings: findings.map(({ mend, ...found }) => (found.ok ? found : { ...found, mend })) });
  } else {
    for (const { ok, subject, says, mend } of findings) {
      print(`${ok ? "✓" : "✗"} ${subject}: ${says}`);
      if (!ok && mend) print(`    ${mend}`);
    }
  }
  return healthy ? 0 : 1;
}
