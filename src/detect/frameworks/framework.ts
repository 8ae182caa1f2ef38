import type { Ecosystem } from "../ecosystem";

export interface Framework {
  /** The name that is shown: "flask (python)". */
  id: string;
  ecosystem: Ecosystem;
  /** Package names, normalised as in the driver table. */
  packages: readonly string[];
  /** It answers requests on a server, and is not only a build of static files: that decides the app's language. */
  server: boolean;
  /** Its own guide puts it into devDependencies, because the build leaves nothing of it. */
  development?: true;
}
