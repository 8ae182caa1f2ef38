import { randomInt } from "node:crypto";
import { LeashError } from "./errors";

export const idPrefix = "app_";
export const idLength = 10;
/** No vowels and no look-alikes: an id never spells a word and survives being read aloud. */
export const idAlphabet = "23456789bcdfghjkmnpqrstvwxz";
const idPattern = /^app_[2-9b-df-hjkmnp-tv-xz]{10}$/;

/**
 * A neutral name for an app on the server (`app_7k2m9qd4tx`): its database and its login role carry it. The catalog is
 * readable by every neighbour, so nothing of the app's human name goes into it.
 */
export function createAppId(): string {
  let id = idPrefix;
  for (let i = 0; i < idLength; i++) id += idAlphabet[randomInt(idAlphabet.length)];
  return id;
}

/** @throws LeashError `identifier/invalid` */
export function assertAppId(id: string): void {
  if (idPattern.test(id)) return;
  throw new LeashError("identifier/invalid", `"${id}" is not an app id.`, {
    hint: "An id is app_ and ten letters or digits, as createAppId() makes it.",
  });
}

const longestAppName = 200;

/**
 * Accepts any human name of an app: Unicode, spaces, quotes.
 * @throws LeashError `app/invalid-name` when it is empty, over 200 characters, or holds control characters
 */
export function parseAppName(text: string): string {
  const name = text.normalize("NFC").trim();
  const fault =
    name === ""
      ? "is empty"
      : [...name].length > longestAppName
        ? `has ${[...name].length} characters`
        : /\p{Cc}/u.test(name)
          ? "holds control characters"
          : undefined;
  if (fault === undefined) return name;
  const shown = JSON.stringify([...name].slice(0, 40).join(""));
  throw new LeashError("app/invalid-name", `The app's name ${shown} ${fault}.`, {
    hint: `A name has 1 to ${longestAppName} characters of any script; pass another one with --app.`,
    exitCode: 2,
  });
}
