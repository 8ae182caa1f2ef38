import type { NamedCheck } from "../../api";
import { Icon } from "./icon";
import { Words } from "./words";

/** What the checker says about a value. */
export function CheckWords({ check }: { check: Pick<NamedCheck, "faults" | "advice"> }) {
  if (check.faults.length + check.advice.length === 0) return null;
  return (
    <ul class="check-words">
      {check.faults.map(({ code, message, hint }) => (
        <li key={code} class="fault">
          <Icon name="warn" />
          <span>
            <Words text={message} /> {hint && <Words text={hint} />}
          </span>
        </li>
      ))}
      {check.advice.map((words) => (
        <li key={words} class="advice">
          <Icon name="info" />
          <Words text={words} />
        </li>
      ))}
    </ul>
  );
}
