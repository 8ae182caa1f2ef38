import { describeEvent } from "../../limits/events";
import type { StorageState } from "../../limits/usage";
import { plans } from "../../plans";
import { readAppUsage } from "../../platform/app-usage";
import { resolveHome } from "../../platform/home";
import { print, printJson } from "../../terminal";
import { selectApp } from "./db";

const states: Record<StorageState, string> = {
  ok: "",
  warning: "Nearly full: delete rows, or take a larger plan with `leash db plan`.",
  restricted:
    "Over the plan: the app may read, DELETE and TRUNCATE. Below 80 % everything works again by itself; for DROP there is " +
    "`leash db shell --cleanup`, for more room `leash db plan`.",
  suspended:
    "It grew even while it was restricted, so the app may not log in. Make room with `leash db shell --cleanup`, or take " +
    "a larger plan with `leash db plan`.",
};

/** Prints what the app uses of its plan, and what the guard did of late. */
export async function usage({ json, ...options }: { app?: string; json?: boolean }): Promise<void> {
  const app = selectApp(options);
  const { plan, usage: used, events } = await readAppUsage(resolveHome(), app);
  if (json) {
    printJson({ app: app.name, plan, ...used, events });
    return;
  }
  const { connections, storage } = used;
  const percent = Math.round((storage.bytes / storage.limitBytes) * 100);
  print(`app:          ${app.name}`);
  print(`plan:         ${plans[plan].title}`);
  print(`connections:  ${connections.used} of ${connections.limit}`);
  print(
    `storage:      ${megabytes(storage.bytes)} of ${megabytes(storage.limitBytes)} (${percent} %), ${storage.state}`,
  );
  print(`a query:      at most ${used.statementTimeoutMs / 1000} s`);
  if (states[storage.state]) print(`\n${states[storage.state]}`);
  if (!events || events.length === 0) return;
  print("\nOf late:");
  const told = new Set<string>();
  for (const event of events) {
    const { says, mend } = describeEvent(event);
    print(`  ${event.at.slice(0, 19).replace("T", " ")}  ${says}`);
    if (mend && !told.has(mend)) print(`    ${mend}`);
    told.add(mend ?? "");
  }
}

const megabytes = (bytes: number) => `${(bytes / 1024 ** 2).toFixed(bytes < 10 * 1024 ** 2 ? 1 : 0)} MB`;
