import { parseRoute, type Route } from "../routes";
import { createStore, useStore } from "./store";

const path = createStore(location.pathname);
addEventListener("popstate", () => path.set(location.pathname));

export function navigate(to: string): void {
  if (to !== location.pathname) history.pushState(null, "", to);
  path.set(location.pathname);
}

export const useRoute = (): Route => parseRoute(useStore(path));
