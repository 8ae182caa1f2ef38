import { render } from "preact";
import { followLogins } from "./api-client";
import { Dashboard } from "./dashboard";
import "./state/theme";

followLogins();
document.addEventListener("DOMContentLoaded", () => render(<Dashboard />, document.getElementById("app")!));

// Without an export esbuild takes this file for CommonJS, as the package says, and wraps every module of the bundle.
export {};
