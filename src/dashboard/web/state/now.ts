import { createStore, useStore } from "./store";

const now = createStore(new Date());
setInterval(() => document.visibilityState === "visible" && now.set(new Date()), 5_000);
document.addEventListener("visibilitychange", () => now.set(new Date()));

/** The time, for words that it changes: "2 minutes ago". */
export const useNow = () => useStore(now);
