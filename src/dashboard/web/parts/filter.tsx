import { Icon } from "./icon";

export function Filter({ label, value, onInput }: { label: string; value: string; onInput: (value: string) => void }) {
  return (
    <div class="filter">
      <Icon name="search" />
      <input
        {...{ type: "search", autocomplete: "off", spellcheck: false, value, placeholder: label }}
        aria-label={label}
        onInput={(event) => onInput(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          onInput("");
          event.currentTarget.blur();
        }}
      />
      <span class="key" aria-hidden="true">
        /
      </span>
    </div>
  );
}
