import type { ParsedText } from "../../api";
import { Badge } from "../parts/badge";
import { CheckWords } from "../parts/check-words";
import { Name } from "../parts/name";
import { Notice } from "../parts/notice";
import { ServiceBadge } from "../parts/service-badge";
import { Words } from "../parts/words";

interface PastePreviewProps extends ParsedText {
  picked: ReadonlySet<string>;
  onPick: (names: ReadonlySet<string>) => void;
}

const changes = {
  new: { title: "new", tone: "ok" },
  changed: { title: "changed", tone: "accent" },
  same: { title: "unchanged", tone: "plain" },
} as const;

/** What a text holds, to pick from. Values stay out of sight: they have just been pasted. */
export function PastePreview({ variables, notes, picked, onPick }: PastePreviewProps) {
  const left = notes.length > 0 && (
    <Notice tone="warn">
      {notes.map((sentence) => (
        <p key={sentence}>
          <Words text={sentence} />
        </p>
      ))}
    </Notice>
  );
  if (variables.length === 0) {
    return (
      <>
        <p>There is no variable in this text.</p>
        {left}
      </>
    );
  }
  const toggle = (name: string) => {
    const names = new Set(picked);
    if (!names.delete(name)) names.add(name);
    onPick(names);
  };
  const all = picked.size === variables.length;
  return (
    <div class="preview">
      {left}
      <label class="pick all">
        <input
          type="checkbox"
          checked={all}
          ref={(box) => {
            if (box) box.indeterminate = !all && picked.size > 0;
          }}
          onChange={() => onPick(new Set(all ? [] : variables.map(({ name }) => name)))}
        />
        <span>All of them</span>
      </label>
      <ul class="preview-list">
        {variables.map(({ name, check, change }) => (
          <li key={name}>
            <label class="pick">
              <input type="checkbox" checked={picked.has(name)} onChange={() => toggle(name)} />
              <code>
                <Name text={name} />
              </code>
              <Badge tone={changes[change].tone}>{changes[change].title}</Badge>
              <ServiceBadge check={check} />
            </label>
            <CheckWords check={check} />
          </li>
        ))}
      </ul>
    </div>
  );
}
