import { useState } from "preact/hooks";
import { failureOf } from "../api-client";
import { tell } from "../state/toast";
import { IconButton } from "./icon-button";

const markedMs = 1_500;

/** Copies what `read` gives; a secret is asked for only then, and not shown. */
export function CopyButton({ label, read }: { label: string; read: () => Promise<string> | string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    let text: string;
    try {
      text = await read();
    } catch (error) {
      tell(failureOf(error).message);
      return;
    }
    try {
      await navigator.clipboard.writeText(text);
      tell("Copied.");
      setDone(true);
      setTimeout(() => setDone(false), markedMs);
    } catch {
      tell("The browser did not let it be copied. Reveal it and select it instead.");
    }
  };
  return <IconButton icon={done ? "done" : "copy"} label={label} onClick={copy} />;
}
