import fs from "node:fs";
import path from "node:path";
import type { Context } from "hono";
import { LeashError } from "../errors";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

interface PageFile {
  body: Buffer<ArrayBuffer>;
  type: string;
}

/** The page's files, by the path of their requests. All are read at the start: no request's path ever reaches the disk. */
export class Page {
  #files = new Map<string, PageFile>();

  /** @throws LeashError `dashboard/no-page` */
  constructor(folder: string) {
    for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
      const type = types[path.extname(name)];
      if (type) this.#files.set(`/${name}`, { body: fs.readFileSync(path.join(folder, name)), type });
    }
    if (this.#files.has("/index.html")) return;
    throw new LeashError("dashboard/no-page", "The dashboard's page is not in this package.", {
      hint: "Install leash-databases again, or run `npm run build` in its repository.",
    });
  }

  /** The file of a path; undefined for none. Paths of the page's own views are answered with the page. */
  answer(context: Context): Response | undefined {
    const { path: asked } = context.req;
    const isView = asked === "/" || asked.startsWith("/apps/");
    const file = this.#files.get(isView ? "/index.html" : asked);
    return file && context.body(file.body, 200, { "content-type": file.type });
  }
}

/** What the one-time link leads to: it hands the page its token, which then lives in the page's storage. */
export function loginPage(token: string): string {
  const head = `<meta name="leash-token" content="${token}">\n<script type="module" src="/login.js"></script>`;
  return smallPage("<p>Opening the dashboard…</p><noscript>The dashboard needs JavaScript.</noscript>", head);
}

/** What a link leads to that lets nobody in. Its words are leash's own. */
export function refusalPage({ message, hint }: Pick<LeashError, "message" | "hint">): string {
  return smallPage(`<main><h1>${message}</h1><p>${hint ?? ""}</p></main>`);
}

function smallPage(body: string, head = ""): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Leash Databases</title>
${head}
</head>
<body>${body}</body>
</html>
`;
}
