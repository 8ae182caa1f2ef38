import { useEffect, useRef } from "preact/hooks";
import { recall, remember } from "./memory";
import { createStore } from "./store";

const key = "leash-shortcuts";

/** Single keys disturb who speaks to the computer or hits keys by accident, so they can be turned off. */
export const shortcutsOn = createStore(recall(key) !== "off");

export function turnShortcuts(on: boolean): void {
  shortcutsOn.set(on);
  remember(key, on ? null : "off");
}

const togetherMs = 1_200;
const typesInto = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable]") !== null;

/** What keys do while no dialog is open and nothing is typed into: `{ "g e": …, "/": … }` */
export function useShortcuts(shortcuts: Record<string, () => void>): void {
  const current = useRef(shortcuts);
  current.current = shortcuts;
  useEffect(() => {
    let former = { key: "", at: 0 };
    const pressed = (event: KeyboardEvent) => {
      if (!shortcutsOn.get() || event.ctrlKey || event.metaKey || event.altKey) return;
      if (typesInto(event.target) || document.querySelector("dialog[open]")) return;
      const recent = event.timeStamp - former.at < togetherMs ? former.key : "";
      former = { key: event.key, at: event.timeStamp };
      const act = current.current[`${recent} ${event.key}`] ?? current.current[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}

/** Puts the cursor into the field that filters what is shown. */
export function focusFilter(): void {
  document.querySelector<HTMLInputElement>("input[type=search]")?.focus();
}
