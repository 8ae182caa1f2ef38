import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon";

interface BadgeProps {
  tone?: "ok" | "warn" | "error" | "accent" | "plain";
  icon?: IconName | undefined;
  title?: string;
  children: ComponentChildren;
}

export function Badge({ tone = "plain", icon, title, children }: BadgeProps) {
  return (
    <span class={`badge ${tone}`} title={title}>
      {icon && <Icon name={icon} />}
      {children}
    </span>
  );
}
