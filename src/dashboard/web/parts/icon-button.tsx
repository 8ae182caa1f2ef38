import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon";

interface IconButtonProps {
  icon: IconName;
  /** What it does, and to what: "Delete PORT". */
  label: string;
  onClick: () => void;
  pressed?: boolean;
  disabled?: boolean;
  children?: ComponentChildren;
}

/** A button that is named by its label; the children stand beside the icon. */
export function IconButton({ icon, label, onClick, pressed, disabled, children }: IconButtonProps) {
  return (
    <button
      type="button"
      class={children ? "button quiet" : "icon-button"}
      aria-label={label}
      aria-pressed={pressed}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
      {children}
    </button>
  );
}
