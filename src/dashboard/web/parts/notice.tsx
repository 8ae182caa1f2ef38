import type { ComponentChildren } from "preact";
import type { Failure } from "../../api";
import { Icon } from "./icon";
import { IconButton } from "./icon-button";
import { Words } from "./words";

interface NoticeProps {
  tone: "info" | "ok" | "warn" | "error";
  title?: string;
  onDismiss?: () => void;
  children?: ComponentChildren;
}

const icons = { info: "info", ok: "done", warn: "warn", error: "error" } as const;

export function Notice({ tone, title, onDismiss, children }: NoticeProps) {
  return (
    <div class={`notice ${tone}`}>
      <Icon name={icons[tone]} />
      <div class="notice-words">
        {title && <strong>{title}</strong>}
        {children}
      </div>
      {onDismiss && <IconButton icon="close" label="Dismiss" onClick={onDismiss} />}
    </div>
  );
}

/** What went wrong, and how to mend it. */
export function Problem({ error, onDismiss }: { error: Failure["error"]; onDismiss?: () => void }) {
  return (
    <div role="alert">
      <Notice tone="error" {...(onDismiss ? { onDismiss } : {})}>
        <p>
          <Words text={error.message} />
        </p>
        {error.details && (
          <ul>
            {error.details.map((detail) => (
              <li key={detail}>
                <Words text={detail} />
              </li>
            ))}
          </ul>
        )}
        {error.hint && (
          <p class="dim">
            <Words text={error.hint} />
          </p>
        )}
      </Notice>
    </div>
  );
}
