import { render } from "preact";
import { followLogins } from "./api-client";
import { Dashboard } from "./dashboard";
import "./state/theme";

followLogins();
document.addEventListener("DOMContentLoaded", () => render(<Dashboard />, document.getElementById("app")!));
