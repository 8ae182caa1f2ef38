import { tokenKey } from "./token";

// The page that answers the one-time link carries the session's token.
const token = document.querySelector<HTMLMetaElement>('meta[name="leash-token"]')?.content;
if (token) localStorage.setItem(tokenKey, token);
location.replace("/");
