import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const linkMs = 10 * 60_000;
const sessionMs = 12 * 3_600_000;
/** Wrong links within a minute after which nobody is let in for the rest of it. */
const mostWrong = 10;
const wrongMs = 60_000;
const mostSessions = 32;

interface Link {
  secret: Buffer;
  until: number;
}

/** Both are needed for every request: cookies are shared by all ports of this machine, a page's storage is not. */
export interface Credentials {
  cookie: string;
  token: string;
}

export type Login = Credentials | "refused" | "too-many";

/** Who may use the dashboard: whoever came by a link that was printed, once. Nothing of it outlives the process. */
export class Sessions {
  #links: Link[] = [];
  #sessions: { cookie: Buffer; token: Buffer; until: number }[] = [];
  #wrong: number[] = [];
  #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The secret part of a new link, which works once and for ten minutes. */
  createLink(): string {
    const secret = createSecret();
    this.#links.push({ secret: digest(secret), until: this.#now() + linkMs });
    return secret;
  }

  login(secret: string): Login {
    const now = this.#now();
    this.#wrong = this.#wrong.filter((at) => at > now - wrongMs);
    if (this.#wrong.length >= mostWrong) return "too-many";
    this.#links = this.#links.filter(({ until }) => until > now);
    const wanted = digest(secret);
    const found = this.#links.find((link) => timingSafeEqual(link.secret, wanted));
    if (!found) {
      this.#wrong.push(now);
      return "refused";
    }
    this.#links = this.#links.filter((link) => link !== found);
    const [cookie, token] = [createSecret(), createSecret()];
    this.#sessions.push({ cookie: digest(cookie), token: digest(token), until: now + sessionMs });
    this.#sessions.splice(0, this.#sessions.length - mostSessions);
    return { cookie, token };
  }

  /** `foreign` is a session whose cookie came without its page's token. */
  check({ cookie, token }: { cookie?: string | undefined; token?: string | undefined }): "ok" | "none" | "foreign" {
    const session = this.#find(cookie);
    if (!session) return "none";
    return token !== undefined && timingSafeEqual(session.token, digest(token)) ? "ok" : "foreign";
  }

  end(cookie: string | undefined): void {
    const session = this.#find(cookie);
    this.#sessions = this.#sessions.filter((one) => one !== session);
  }

  #find(cookie: string | undefined) {
    const now = this.#now();
    this.#sessions = this.#sessions.filter(({ until }) => until > now);
    if (cookie === undefined) return undefined;
    const wanted = digest(cookie);
    return this.#sessions.find((session) => timingSafeEqual(session.cookie, wanted));
  }
}

const createSecret = () => randomBytes(32).toString("base64url");
/** Of one length whatever was sent, as a comparison in constant time needs it. */
const digest = (text: string) => createHash("sha256").update(text).digest();
