import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { IconButton } from "./icon-button";

interface DialogProps {
  title: ComponentChildren;
  wide?: boolean;
  /** A click beside it leaves it open: what was typed would be lost. */
  keep?: boolean;
  onClose: () => void;
  children: ComponentChildren;
}

/** A modal dialog that is open for as long as it is there. Focus goes back to where it was. */
export function Dialog({ title, wide, keep, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  const left = useRef(false);
  // Before the next key is pressed.
  useLayoutEffect(() => {
    const dialog = element.current!;
    dialog.showModal();
    dialog.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => {
      left.current = true;
      dialog.close();
      // What opened it may be gone, such as the row of what was deleted.
      if (document.activeElement === document.body) document.getElementById("title")?.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={wide ? "wide" : ""}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      // Browsers close a dialog without asking where Esc is all that was done in it.
      onClose={() => !left.current && onClose()}
      onMouseDown={(event) => !keep && event.target === element.current && onClose()}
    >
      <div class="dialog-body">
        <header>
          <h2 id={id}>{title}</h2>
          <IconButton icon="close" label="Close" onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
}
