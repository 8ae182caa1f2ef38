/** What one client module gives. They are bundled into files of their own, which are loaded when such a URL is tried. */
export type ClientProbe = (url: string, timeoutMs: number) => Promise<{ says: string; tls: boolean }>;
