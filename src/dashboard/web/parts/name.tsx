/** A name that others chose, so of any length, direction and script. */
export function Name({ text }: { text: string }) {
  return (
    <bdi class="name" title={text}>
      {text}
    </bdi>
  );
}
