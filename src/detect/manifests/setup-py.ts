import { pythonTokens } from "../documents/python";
import type { Token } from "../documents/script";
import { Source } from "../place";
import { type Dependency, type ManifestKind, named, type Scope } from "./manifest";
import { scopeOfExtra } from "./python-scope";
import { parseRequirement } from "./requirement";

/**
 * setuptools' script, read without running it: the literal lists of `install_requires` and `extras_require`, and those
 * that stand in the module under a name. What is computed is not seen; mostly it is read from requirements files.
 */
export const setupPy: ManifestKind = {
  title: "setup.py",
  find: named("setup.py"),
  read(view, file) {
    const source = new Source(file, view.readText(file));
    const script = new Script([...pythonTokens(source.text)], source.text);
    const dependenciesOf = (strings: readonly Token[], scope: Scope) =>
      strings.flatMap(({ text, offset }): Dependency[] => {
        const requirement = parseRequirement(text);
        const { line } = source.position(offset);
        return requirement === undefined ? [] : [{ ...requirement, scope, place: { source, line } }];
      });
    const [name] = script.valuesOf("name").map((at) => script.tokens[at]);
    return {
      language: "python",
      ...(name?.kind === "string" && name.text !== "" ? { name: name.text } : {}),
      dependencies: [
        ...script.valuesOf("install_requires").flatMap((at) => dependenciesOf(script.list(at), "runtime")),
        ...script.valuesOf("extras_require").flatMap((at) => {
          return script.dict(at).flatMap(({ key, value }) => dependenciesOf(script.list(value), scopeOfExtra(key)));
        }),
      ],
    };
  },
};

/** Bounds of what is read: nobody writes more, and a file of commas is not worth its time. */
const mostValues = 20;
const mostMembers = 200;
const mostItems = 1_000;

/** A script's tokens, and the values that stand in it as literals. Values are told by the index of their first token. */
class Script {
  /** Where the module's own variables (not those of a function) are given a value, or more of it. */
  private readonly variables = new Map<string, number[]>();

  constructor(
    readonly tokens: readonly Token[],
    text: string,
  ) {
    for (const [index, { kind, text: name, offset }] of tokens.entries()) {
      if (kind !== "word" || (offset > 0 && text[offset - 1] !== "\n")) continue;
      const more = this.isSign(index + 1, "+");
      if (!this.isAssignment(index + (more ? 2 : 1))) continue;
      const values = more ? (this.variables.get(name) ?? []) : [];
      if (values.length < mostValues) values.push(index + (more ? 3 : 2));
      this.variables.set(name, values);
    }
  }

  /** Where an argument (`name=…`) or a member (`"name": …`) of this name has its value. */
  valuesOf(name: string): number[] {
    const values = this.tokens.flatMap(({ kind, text }, index) => {
      if (text !== name || kind === "sign") return [];
      return (kind === "word" ? this.isAssignment(index + 1) : this.isSign(index + 1, ":")) ? index + 2 : [];
    });
    return values.slice(0, mostValues);
  }

  /** The strings of a list or tuple, of the variable that holds one, and of several that are added up. */
  list(at: number): Token[] {
    const strings: Token[] = [];
    for (let next = at; ; ) {
      const token = this.tokens[next];
      const operands = token?.kind === "word" ? (this.variables.get(token.text) ?? []) : [next];
      const literals = operands.map((operand) => this.literalList(operand));
      const end = token?.kind === "word" ? next + 1 : (literals[0]?.end ?? next);
      // What is called or indexed is no list of its own.
      if (["(", ".", "["].some((sign) => this.isSign(end, sign))) return strings;
      strings.push(...literals.flatMap((literal) => literal.strings));
      if (!this.isSign(end, "+") || strings.length > mostItems) return strings;
      next = end + 1;
    }
  }

  /** The members of a dictionary, or of the variable that holds one. */
  dict(at: number): { key: string; value: number }[] {
    const token = this.tokens[at];
    const [start] = token?.kind === "word" ? (this.variables.get(token.text) ?? []) : [at];
    if (start === undefined || !this.isSign(start, "{")) return [];
    const members: { key: string; value: number }[] = [];
    for (const index of this.inside(start)) {
      const key = this.tokens[index];
      if (key?.kind === "string" && this.isSign(index + 1, ":")) members.push({ key: key.text, value: index + 2 });
      if (members.length === mostMembers) break;
    }
    return members;
  }

  /** `end`: the index behind the closing bracket. */
  private literalList(at: number): { strings: Token[]; end: number } {
    const strings: Token[] = [];
    if (!this.isSign(at, "[") && !this.isSign(at, "(")) return { strings, end: at };
    let end = at + 1;
    for (const index of this.inside(at)) {
      end = index + 1;
      const [before, token] = [this.tokens[index - 1], this.tokens[index]];
      if (token?.kind !== "string") continue;
      const last = strings.at(-1);
      if (index === at + 1 || this.isSign(index - 1, ",")) {
        strings.push(token);
      } else if (before?.kind === "string" && last !== undefined) {
        // Two strings side by side are one.
        strings[strings.length - 1] = { ...last, text: last.text + token.text };
      }
      if (strings.length === mostItems) break;
    }
    return { strings, end };
  }

  /** The tokens between a bracket and the one that closes it, that one too; those of brackets within are left out. */
  private *inside(at: number): Generator<number> {
    let depth = 0;
    for (let index = at; index < this.tokens.length; index++) {
      const { kind, text } = this.tokens[index]!;
      const outer = depth;
      if (kind === "sign" && "[({".includes(text)) depth++;
      if (kind === "sign" && "])}".includes(text)) depth--;
      if (outer === 1 || depth === 1) if (index > at) yield index;
      if (depth === 0) return;
    }
  }

  private isAssignment(at: number): boolean {
    return this.isSign(at, "=") && !this.isSign(at + 1, "=");
  }

  private isSign(at: number, text: string): boolean {
    return this.tokens[at]?.kind === "sign" && this.tokens[at].text === text;
  }
}
