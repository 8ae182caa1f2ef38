import { render } from "preact";
import { followLogins } from "./api-client";
import { Dashboard } from "./dashboard";
import "./state/theme";

/**
 * Begins once there is a body. It is exported because esbuild takes an entry without exports for CommonJS, as this package
 * says, and wraps every module of the bundle.
 */
export function begin(): void {
  followLogins();
  document.addEventListener("DOMContentLoaded", () => render(<Dashboard />, document.getElementById("app")!));
}

begin();
