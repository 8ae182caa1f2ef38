import { CopyButton } from "./copy-button";

/** A command to be run in a terminal. */
export function Command({ text }: { text: string }) {
  return (
    <div class="command">
      <code>
        <span class="prompt" aria-hidden="true">
          ${" "}
        </span>
        {text}
      </code>
      <CopyButton label={`Copy the command ${text}`} read={() => text} />
    </div>
  );
}
