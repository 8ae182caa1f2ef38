import { Command } from "./parts/command";
import { Logo } from "./parts/icon";

export function SessionEnded() {
  return (
    <main class="ended">
      <Logo />
      <h1>This session has ended.</h1>
      <p>
        Run <code>leash dashboard</code> for a new link.
      </p>
      <Command text="leash dashboard" />
    </main>
  );
}
