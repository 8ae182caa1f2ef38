import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // Real servers run in these tests; two files at a time is what a two-core machine bears.
    maxWorkers: 2,
    reporters: ["./test/support/end-reporter.ts", "default"],
  },
});
