import { recall, remember } from "./memory";
import { createStore } from "./store";

export const themes = ["auto", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const key = "leash-theme";
const kept = recall(key);

export const theme = createStore<Theme>(themes.find((one) => one === kept) ?? "auto");

/** The style sheet goes by the attribute, and by the system where there is none. */
function show(): void {
  const chosen = theme.get();
  if (chosen === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

export function chooseTheme(chosen: Theme): void {
  theme.set(chosen);
  remember(key, chosen === "auto" ? null : chosen);
}

theme.subscribe(show);
show();
