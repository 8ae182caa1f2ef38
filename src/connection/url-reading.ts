import type { UrlFault } from "./url-faults";

/** What a URL of some service tells. */
export interface UrlReading {
  /** The URL to store, password and all; of use where there are no faults. */
  url: string;
  /** Whose server it is: "MongoDB Atlas"; null where nobody is recognized. */
  title: string | null;
  faults: UrlFault[];
  /** Whole sentences; nothing in them is secret. */
  advice: string[];
}
