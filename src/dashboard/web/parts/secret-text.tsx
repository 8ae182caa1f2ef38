/** A value as it may be shown: what is hidden whole is dots, what is revealed can be selected at once. */
export function SecretText({ shown, revealed }: { shown: string; revealed: string | null }) {
  if (revealed !== null) {
    return (
      <code class="value revealed" dir="auto">
        {revealed === "" ? <span class="dim">empty</span> : revealed}
      </code>
    );
  }
  if (shown === "") return <span class="value dim">empty</span>;
  if (shown === "***") {
    return (
      <span class="value dots">
        <span aria-hidden="true">••••••••••</span>
        <span class="sr-only">hidden</span>
      </span>
    );
  }
  return (
    <code class="value" dir="auto" title={shown}>
      {shown.replaceAll("***", "••••")}
    </code>
  );
}
