import type { ComponentChildren } from "preact";
import { navigate } from "../state/location";

interface LinkProps {
  to: string;
  class?: string;
  current?: boolean;
  children: ComponentChildren;
}

/** A link inside the dashboard; with a modifier key it opens elsewhere, as links do. */
export function Link({ to, current, children, ...rest }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a href={to} aria-current={current ? "page" : undefined} onClick={follow} {...rest}>
      {children}
    </a>
  );
}
