import type { Reporter, TestModule } from "vitest/node";

/** Names each skipped test at the end of a run: a test that nobody saw skipped is a test that nobody has. */
export default class SkippedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    // With a filter the rest is left out on purpose.
    if (modules.some(({ project }) => project.config.testNamePattern !== undefined)) return;
    const skipped = modules.flatMap((module) =>
      [...module.children.allTests("skipped")].map((test) => `${module.relativeModuleId}  ${test.fullName}`),
    );
    if (skipped.length === 0) return;
    console.log(`\nSKIPPED: ${skipped.length} tests; what they lack is said above.`);
    for (const name of skipped) console.log(`  ↓ ${name}`);
  }
}
