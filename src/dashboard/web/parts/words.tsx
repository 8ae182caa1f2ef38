/** A sentence of the server's; what it sets in backticks is code. */
export function Words({ text }: { text: string }) {
  return <bdi>{text.split("`").map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</bdi>;
}
