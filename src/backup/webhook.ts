import { setTimeout as sleep } from "node:timers/promises";
import { errorMessage } from "../errors";
import { type BackupEvent, backupEventKinds } from "./events";

const attempts = 3;
const timeoutMs = 10_000;
const pauseMs = 2_000;

/**
 * Tells an alarm to a webhook: `POST`, JSON `{ event, app, name, at, text, … }`; `text` is what chat services show. Tries a few
 * times, and gives what went wrong in the end; the URL, which is a secret, is in no message.
 */
export async function tellWebhook(url: string, event: BackupEvent, at: Date): Promise<string | undefined> {
  if (!backupEventKinds[event.kind].alarm) return undefined;
  const { kind, app, name, detail } = event;
  const text = `${kind}: ${name ?? app ?? "all apps"}${detail.error === undefined ? "" : `: ${detail.error}`}`;
  const body = JSON.stringify({ event: kind, app, name, at: at.toISOString(), text, ...detail });
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(url, {
        ...{ method: "POST", body, headers: { "content-type": "application/json" }, redirect: "error" },
        signal: AbortSignal.timeout(timeoutMs),
      });
      await response.body?.cancel();
      if (response.ok) return undefined;
      throw new Error(`it answered ${response.status}`);
    } catch (error) {
      const says = errorMessage(error).replaceAll(url, "(its URL)");
      if (attempt === attempts) return `The webhook could not be told of ${kind}: ${says}`;
      await sleep(pauseMs * attempt);
    }
  }
}
