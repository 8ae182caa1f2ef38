import { createStore } from "./store";

/** What was just done, said for a moment; the number tells the same words said again apart. */
export const toast = createStore<{ words: string; number: number }>({ words: "", number: 0 });

const shownMs = 4_000;
let timer: ReturnType<typeof setTimeout> | undefined;

export function tell(words: string): void {
  clearTimeout(timer);
  toast.set({ words, number: toast.get().number + 1 });
  timer = setTimeout(() => toast.set({ words: "", number: toast.get().number }), shownMs);
}
