import type { Reporter, TestModule } from "vitest/node";

/**
 * Names at the end of a run what its summary does not: each skipped test, since one that nobody saw skipped is one that
 * nobody has; and each that failed and passed at its second try, with what it said.
 */
export default class EndReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => ({ test, name: `${module.relativeModuleId}  ${test.fullName}` })),
    );
    const shaky = tests.filter(({ test }) => test.diagnostic()?.flaky);
    if (shaky.length > 0) {
      console.log(`\nTRIED TWICE: ${shaky.length} tests failed at first; each is a fault to be looked for.`);
      for (const { test, name } of shaky) {
        console.log(`  ↻ ${name}`);
        for (const { message } of test.result().errors ?? []) {
          for (const line of message.split("\n").slice(0, 8)) console.log(`      ${line}`);
        }
      }
    }

    // With a filter the rest is left out on purpose.
    if (modules.some(({ project }) => project.config.testNamePattern !== undefined)) return;
    const skipped = tests.filter(({ test }) => test.result().state === "skipped");
    if (skipped.length === 0) return;
    console.log(`\nSKIPPED: ${skipped.length} tests; what they lack is said above.`);
    for (const { name } of skipped) console.log(`  ↓ ${name}`);
  }
}
