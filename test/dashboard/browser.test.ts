import fs from "node:fs";
import path from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectNoAxeViolations, launchBrowser, missingBrowser } from "../support/browser";
import { type RunningDashboard, startDashboard } from "../support/dashboard";
import { createSandbox, expressApp, root, type Sandbox, sql } from "../support/sandbox";

const shots = path.join(root, "test/.artifacts/dashboard");
const hostileName = `Ünï <script>alert(1)</script> \u202Egnp.exe ${"long ".repeat(20)}🦊`;

describe.skipIf(missingBrowser)("the dashboard in a browser", () => {
  let sandbox: Sandbox;
  let dashboard: RunningDashboard;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let cwd: string;
  /** What the page's console and its uncaught errors said. */
  const complaints: string[] = [];

  beforeAll(async () => {
    sandbox = createSandbox();
    cwd = sandbox.app("notes", expressApp);
    fs.mkdirSync(shots, { recursive: true });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await dashboard?.stop();
    await sandbox?.dispose();
  });

  const leash = async (args: string[], input?: string) => {
    const { exitCode, stdout, stderr } = await sandbox.leash(args, { cwd, ...(input === undefined ? {} : { input }) });
    expect(exitCode, stderr).toBe(0);
    return stdout.trim();
  };
  const query = (text: string) => leash(sql(text));
  const shoot = (name: string) => page.screenshot({ path: path.join(shots, `${name}.png`), fullPage: true });
  const tab = (name: string) => page.getByRole("navigation", { name: "The app" }).getByRole("link", { name }).click();
  const row = (name: string) => page.locator(`[data-variable="${name}"]`);
  const finished = (words: RegExp) => page.getByText(words).first().waitFor({ timeout: 60_000 });

  it("opens by the link that was printed, and shows what was deployed", async () => {
    await leash(["deploy", "--choice", "create"]);
    await query("CREATE TABLE notes (n int)");
    await query("INSERT INTO notes SELECT generate_series(1, 3)");
    dashboard = await startDashboard(sandbox);
    context = await browser.newContext({ viewport: { width: 1280, height: 800 }, acceptDownloads: true });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    page = await context.newPage();
    page.on("console", (message) => complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(dashboard.link);
    await page.getByRole("heading", { name: "notes" }).waitFor();
    await page.getByText("Healthy").waitFor();
    expect(new URL(page.url()).pathname).toBe("/");
    await shoot("overview");
    await page.getByRole("link", { name: "notes" }).click();
    await page.getByRole("heading", { name: "Connection URL" }).waitFor();
  });

  it("adds, checks, reveals, changes and deletes variables", async () => {
    await tab("Environment");
    await row("DATABASE_URL").waitFor();
    await page.getByRole("button", { name: "Add variable" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("DATABASE_URL");
    await dialog
      .getByLabel("Value")
      .fill("postgresql://postgres:[YOUR-PASSWORD]@db.abcdefghijklmnop.supabase.co:5432/postgres");
    await dialog
      .getByText(/password/i)
      .first()
      .waitFor();
    await dialog.getByText("Supabase (direct connection)").waitFor();
    await shoot("checked-as-typed");
    await dialog.getByLabel("Name").fill("API_KEY");
    await dialog.getByLabel("Value").fill("s3cr3t-marker");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await row("API_KEY").waitFor();
    expect(await page.content()).not.toContain("s3cr3t-marker");
    await row("API_KEY").getByRole("button", { name: "Reveal API_KEY" }).click();
    await row("API_KEY").getByText("s3cr3t-marker").waitFor();
    // One at a time: another one hides it.
    await row("PGPASSWORD").getByRole("button", { name: "Reveal PGPASSWORD" }).click();
    await row("API_KEY").getByText("s3cr3t-marker").waitFor({ state: "detached" });
    await row("API_KEY").getByRole("button", { name: "Copy the value of API_KEY" }).click();
    await expect.poll(() => page.evaluate("navigator.clipboard.readText()")).toBe("s3cr3t-marker");
    await row("API_KEY").getByRole("button", { name: "Edit API_KEY" }).click();
    // Nothing was typed: the present value is not made empty.
    expect(await dialog.getByRole("button", { name: "Save" }).isDisabled()).toBe(true);
    await dialog.getByLabel("Value").press("Enter");
    expect(await leash(["env", "get", "API_KEY"])).toBe("s3cr3t-marker");
    await dialog.getByLabel("Value").fill("another");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "detached" });
    expect(await leash(["env", "get", "API_KEY"])).toBe("another");
    await page.getByRole("button", { name: "Add variable" }).click();
    await dialog.getByLabel("Name").fill("API_KEY");
    await dialog.getByText("its value will be replaced").waitFor();
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await dialog.waitFor({ state: "detached" });
    await row("API_KEY").getByRole("button", { name: "Delete API_KEY" }).click();
    await dialog.getByRole("button", { name: "Delete" }).click();
    await row("API_KEY").waitFor({ state: "detached" });
  });

  it("takes a whole .env after showing what is in it", async () => {
    await page.getByRole("button", { name: "Paste .env" }).click();
    const dialog = page.getByRole("dialog");
    await dialog
      .getByLabel("The text of the file")
      .fill("PORT=3000\nREDIS_URL=https://fine-cat-123.upstash.io\n# nothing\nEMPTY=\nno variable\n");
    await dialog.getByRole("button", { name: "Review" }).click();
    await dialog.getByText("Left out, because no NAME=value stands there: line 5.").waitFor();
    await dialog.getByRole("button", { name: "Store 3 variables" }).waitFor();
    await shoot("paste");
    await dialog.getByRole("checkbox", { name: /REDIS_URL/ }).uncheck();
    await dialog.getByRole("button", { name: "Store 2 variables" }).click();
    await row("PORT").waitFor();
    expect(await leash(["env", "get", "PORT"])).toBe("3000");
    expect(await row("REDIS_URL").count()).toBe(0);
  });

  it("tries a connection", async () => {
    await row("DATABASE_URL").getByRole("button", { name: "Test the connection of DATABASE_URL" }).click();
    await row("DATABASE_URL")
      .getByText(/It works: PostgreSQL 18/)
      .waitFor();
  });

  it("changes the plan and rotates the password", async () => {
    const before = await leash(["db", "url"]);
    await tab("Database");
    await page.getByRole("radio", { name: /Pro/ }).check({ force: true });
    await page.getByRole("button", { name: "Change to Pro" }).click();
    await finished(/The plan is Pro/);
    expect(JSON.parse(await leash(["db", "usage", "--json"])).plan).toBe("pro");
    await page.getByRole("button", { name: "Rotate the password" }).click();
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /Rotate/ })
      .click();
    await finished(/The database has a new password/);
    expect(await leash(["db", "url"])).not.toBe(before);
    await page.getByRole("button", { name: "Reveal the URL" }).click();
    await page.getByText(await leash(["db", "url"])).waitFor();
  });

  it("puts the app's own DATABASE_URL aside only after a question", async () => {
    await leash(["env", "set", "DATABASE_URL", "--skip-check"], "postgresql://ada:pw@db.example.com/notes");
    await page.reload();
    await page.getByText("The app does not use this database").waitFor();
    await page.getByRole("button", { name: "Use this database" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(/copy it first/).waitFor();
    await expectNoAxeViolations(page);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    expect(await leash(["env", "get", "DATABASE_URL"])).toContain("ada:pw@");
    await page.getByRole("button", { name: "Use this database" }).click();
    await dialog.getByRole("button", { name: "Replace my DATABASE_URL" }).click();
    await page.getByText("The app does not use this database").waitFor({ state: "detached" });
    expect(await leash(["env", "get", "DATABASE_URL"])).toBe(await leash(["db", "url"]));
  });

  it("backs up with progress, restores by the typed name, and undoes it", async () => {
    await tab("Backups");
    await page.getByRole("button", { name: "Back up now" }).click();
    await finished(/is made and verified/);
    await page.getByRole("button", { name: "Drill newest" }).click();
    await finished(/nothing differs/);
    await page
      .locator("[data-backup]")
      .getByText(/^drilled/)
      .waitFor();
    await shoot("backups");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: /^Download the backup/ }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^\d{8}T\d{6}Z-\w{6}\.(dump|sql\.gz)$/);
    expect(fs.statSync(await download.path()).size).toBeGreaterThan(0);
    await query("DELETE FROM notes");
    await page.getByRole("button", { name: /^Restore the backup/ }).click();
    const dialog = page.getByRole("dialog");
    expect(await dialog.getByRole("button", { name: "Restore", exact: true }).isDisabled()).toBe(true);
    await shoot("restore-dialog");
    await dialog.getByLabel(/type the app's name/).fill("notes");
    await dialog.getByRole("button", { name: "Restore", exact: true }).click();
    await finished(/is in place/);
    expect(await query("SELECT count(*) FROM notes")).toBe("3");
    await page.getByRole("button", { name: "Undo the restore" }).click();
    await dialog.getByLabel(/type the app's name/).fill("notes");
    await dialog.getByRole("button", { name: "Undo the restore" }).click();
    await finished(/The database is back/);
    expect(await query("SELECT count(*) FROM notes")).toBe("0");
  });

  it("is usable by keyboard alone", async () => {
    await page.goto(new URL("/", page.url()).href);
    await page.getByRole("heading", { name: "notes" }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("nothing like this");
    await page.getByRole("heading", { name: "notes" }).waitFor({ state: "detached" });
    await page.keyboard.press("Control+A");
    await page.keyboard.type("note");
    await page.getByRole("heading", { name: "notes" }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/apps\//);
    await page.locator("body").click({ position: { x: 2, y: 2 } });
    await page.keyboard.press("g");
    await page.keyboard.press("e");
    await page.waitForURL(/\/environment$/);
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
  });

  it("has nothing that axe finds, in both themes, wide and 360 pixels narrow, with hostile names", async () => {
    await leash(["env", "set", "LONG", "--app", hostileName], `https://ada:pw@${"x".repeat(300)}.example.com/`);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 800 });
        await page.goto(new URL("/", page.url()).href);
        await page.getByRole("heading", { name: "notes" }).waitFor();
        const apps = await page.getByRole("heading", { level: 2 }).getByRole("link").all();
        const targets = await Promise.all(apps.map((link) => link.getAttribute("href")));
        const views = targets.flatMap((target) =>
          ["environment", "database", "backups"].map((view) =>
            target!.replace(/\/(?:environment|database|backups)$/, `/${view}`),
          ),
        );
        for (const [i, view] of ["/", ...views].entries()) {
          await page.goto(new URL(view, page.url()).href);
          await page.getByRole("heading", { level: 1 }).waitFor();
          await page.waitForLoadState("networkidle");
          await expectNoAxeViolations(page);
          const overflow = await page.evaluate<number>(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth",
          );
          expect(overflow, `${view} at ${width}`).toBeLessThanOrEqual(0);
          await shoot(`${colorScheme}-${width}-${i}`);
        }
      }
    }
  }, 240_000);

  it("tells that a session has ended, and that a link was used", async () => {
    const other = await browser.newContext();
    const stranger = await other.newPage();
    await stranger.goto(`http://${dashboard.host}/`);
    await stranger.getByText("This session has ended").waitFor();
    await stranger.goto(dashboard.link);
    await stranger.getByText("This link was used already").waitFor();
    await other.close();
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByText("This session has ended").waitFor();
  });

  it("has run no script of others, and complained of nothing", () => {
    const expected = /the server responded with a status of 401/;
    expect(complaints.filter((complaint) => !expected.test(complaint))).toEqual([]);
  });
});
