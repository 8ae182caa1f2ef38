/**
 * What one client module gives. They are bundled into files of their own, which are loaded when such a URL is tried.
 * @param signal ends the attempt, whatever the server does
 */
export type ClientProbe = (
  url: string,
  timeoutMs: number,
  signal: AbortSignal,
) => Promise<{ says: string; tls: boolean }>;
