import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon";

/** What stands where there is nothing yet, and says how there comes to be something. */
export function Empty({ icon, title, children }: { icon: IconName; title: string; children: ComponentChildren }) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} />
      </span>
      <h2>{title}</h2>
      {children}
    </div>
  );
}
