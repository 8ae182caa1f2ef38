import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon";

interface EmptyProps {
  icon: IconName;
  title: string;
  /** Whether it stands for the whole page. */
  page?: boolean;
  children: ComponentChildren;
}

/** What stands where there is nothing yet, and says how there comes to be something. */
export function Empty({ icon, title, page, children }: EmptyProps) {
  return (
    <div class="empty">
      <span class="empty-icon">
        <Icon name={icon} />
      </span>
      {page ? (
        <h1 id="title" tabIndex={-1}>
          {title}
        </h1>
      ) : (
        <h2>{title}</h2>
      )}
      {children}
    </div>
  );
}
