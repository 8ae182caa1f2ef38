import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { RequestError } from "./failure";

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join("; ");

/** Headers of every answer, whatever it is. */
const headers: Readonly<Record<string, string>> = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "cache-control": "no-store",
};

export const secureHeaders: MiddlewareHandler = async (context, next) => {
  await next();
  for (const [name, value] of Object.entries(headers)) context.res.headers.set(name, value);
};

/**
 * Lets in what was addressed to this machine by its own name, and came from a page of this server or from no page. A name
 * that somebody's DNS points here (rebinding) is another Host; another page's request has another Origin.
 */
export function ownRequestsOnly(hosts: () => readonly string[]): MiddlewareHandler {
  return async (context, next) => {
    const host = context.req.header("host")?.toLowerCase();
    if (host === undefined || !hosts().includes(host)) {
      throw new RequestError(403, "dashboard/wrong-host", "This server answers to its own address alone.", {
        hint: "Open the link that `leash dashboard` printed.",
      });
    }
    const origin = context.req.header("origin");
    const site = context.req.header("sec-fetch-site");
    const isForeign = site !== undefined && site !== "same-origin" && site !== "none";
    // A link in a mail or a chat is a foreign site's navigation; only the way in may be come to like that.
    // It opens a page of its own, no frame of theirs.
    const isNavigation =
      context.req.method === "GET" &&
      context.req.header("sec-fetch-mode") === "navigate" &&
      (context.req.header("sec-fetch-dest") ?? "document") === "document";
    if ((origin !== undefined && origin !== `http://${host}`) || (isForeign && !isNavigation)) {
      throw new RequestError(403, "dashboard/wrong-origin", "That request came from another page.");
    }
    await next();
  };
}

/** What works once is not used up by who only looks whether it is there, nor by a browser that fetches it in advance. */
export const assertMeant: MiddlewareHandler = async (context, next) => {
  const isAhead = /prefetch|prerender/.test(context.req.header("sec-purpose") ?? context.req.header("purpose") ?? "");
  if (context.req.method === "GET" && !isAhead) return next();
  throw new RequestError(503, "dashboard/not-meant", "This works once, and only for who opens it.");
};

const mostBytes = 1024 * 1024;

export const limitBody: MiddlewareHandler = bodyLimit({
  maxSize: mostBytes,
  onError: () => {
    throw new RequestError(413, "dashboard/too-large", `A request has at most ${mostBytes} bytes.`);
  },
});
