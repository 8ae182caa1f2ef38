import { posix } from "node:path";
import type { Evidence } from "./types";

/** A line of a manifest; 1-based. */
export interface Place {
  source: Source;
  line: number;
}

/** A minified manifest is one line of megabytes. */
const longestText = 200;

/** The text of one manifest, and where its lines begin. */
export class Source {
  /** Offset of the first character of each line. */
  private readonly starts: number[] = [0];

  constructor(
    /** Path relative to the app's folder. */
    readonly file: string,
    readonly text: string,
  ) {
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) this.starts.push(at + 1);
  }

  get lineCount(): number {
    return this.starts.length;
  }

  /** The words of a line (1-based), without its line break. */
  line(number: number): string {
    const start = this.starts[number - 1] ?? this.text.length;
    const end = this.starts[number] ?? this.text.length;
    return this.text.slice(start, end).replace(/\r?\n$/, "");
  }

  /** 1-based line and column of an offset. */
  position(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.starts[low] ?? 0) + 1 };
  }
}

/** The line of an offset, which is looked up when somebody asks: of a thousand dependencies few are evidence. */
export function placeAt(source: Source, offset: number): Place {
  return new PlaceAt(source, offset);
}

class PlaceAt implements Place {
  constructor(
    readonly source: Source,
    private readonly offset: number,
  ) {}

  get line(): number {
    return this.source.position(this.offset).line;
  }
}

/** The same line, named from the app's folder. */
export function inFolder(folder: string, { source, line }: Place): Place {
  return { source: new Source(posix.join(folder, source.file), source.text), line };
}

/** The line as evidence of what it `says`. */
export function evidenceAt({ source, line }: Place, says: string): Evidence {
  return { file: source.file, line, text: shown(source.line(line)), says };
}

function shown(line: string): string {
  // Masked before it is cut, so that no half of a secret is left over.
  const text = maskCredentials(line.trim().slice(0, 10 * longestText));
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}

/** Private indexes and VCS addresses carry tokens, and evidence is printed. */
function maskCredentials(text: string): string {
  return text.replace(/:\/\/[^\s/@"'`]+@/g, "://***@");
}
