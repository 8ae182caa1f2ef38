import fs from "node:fs";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import { requirement } from "./requirements";

/** Where systems have it; `LEASH_TEST_CHROMIUM` names another one. */
const places = [
  process.env.LEASH_TEST_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome-stable",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const findBrowser = () => places.find((place) => place !== undefined && fs.existsSync(place));

/** What tests in a browser lack, said at once; they are skipped by `describe.skipIf(missingBrowser)`. */
export const missingBrowser = requirement("the dashboard in a real browser", () =>
  findBrowser() === undefined ? "Chromium (apt-get install chromium, or LEASH_TEST_CHROMIUM=…)" : undefined,
);

/** A real Chromium that speaks to nobody of its own accord. */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (!executablePath) throw new Error(`There is no Chromium: ${missingBrowser}`);
  return chromium.launch({
    executablePath,
    args: [
      ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
      ...["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
    ],
  });
}

/** Fails with each rule that the page breaks, and where. What moves must have come to rest. */
export async function expectNoAxeViolations(page: Page): Promise<void> {
  // Spinners turn for ever.
  await page.evaluate(`Promise.all(document.getAnimations().filter((one) => one.effect.getTiming().iterations < 99)
    .map((one) => one.finished.catch(() => {}))).then(() => {})`);
  // By the debugger, so that the page's Content-Security-Policy stays in force for everything else.
  await page.evaluate(axe.source);
  const faults = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Violation[] }> } };
    const { violations } = await axe.run();
    return violations.map(
      ({ id, help, nodes }) => `${id}: ${help}\n${nodes.map(({ html }) => `  ${html}`).join("\n")}`,
    );
  });
  expect(faults).toEqual([]);
}

interface Violation {
  id: string;
  help: string;
  nodes: { html: string }[];
}
