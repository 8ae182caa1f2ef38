/** A form of Clojure's notation: a list of forms in brackets, or a word, keyword, string or number as it stands. */
export type Form = { kind: "list"; open: "(" | "[" | "{"; items: Form[]; offset: number } | Atom;

interface Atom {
  kind: "atom";
  text: string;
  offset: number;
}

const token = /[\s,]+|;[^\n]*|"(?:[^"\\]|\\[\s\S])*"?|#_|[#^']*[([{]|[)\]}]|[^\s,;"()[\]{}]+/y;
const deepest = 200;

/**
 * Reads EDN, and as much of Clojure as stands in manifests; nothing is evaluated. What `#_` discards is left out. Brackets
 * that don't fit are closed at the end.
 */
export function readEdn(text: string): Form[] {
  const top: Form[] = [];
  const open: { items: Form[]; discards: number }[] = [{ items: top, discards: 0 }];
  const add = (form: Form) => {
    const into = open[open.length - 1]!;
    if (into.discards > 0) into.discards -= 1;
    else into.items.push(form);
  };
  const scan = new RegExp(token);
  for (let match = scan.exec(text); match !== null; match = scan.exec(text)) {
    const [whole] = match;
    const last = whole[whole.length - 1]!;
    const offset = match.index;
    if (/^[\s,;]/.test(whole)) continue;
    if (whole === "#_") {
      open[open.length - 1]!.discards += 1;
    } else if (/[([{]$/.test(whole) && !whole.startsWith('"')) {
      const list: Form = { kind: "list", open: last as "(" | "[" | "{", items: [], offset };
      add(list);
      if (open.length < deepest) open.push({ items: list.items, discards: 0 });
    } else if (/^[)\]}]$/.test(whole)) {
      if (open.length > 1) open.pop();
    } else {
      add({ kind: "atom", text: whole, offset });
    }
  }
  return top;
}

/** What stands behind a key (`:deps`) in a map, or among the arguments of a form. */
export function valueOfKey(items: readonly Form[], key: string): Form | undefined {
  const at = items.findIndex((form) => form.kind === "atom" && form.text === key);
  return at === -1 ? undefined : items[at + 1];
}
