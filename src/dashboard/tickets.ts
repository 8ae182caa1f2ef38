import { randomBytes } from "node:crypto";

const ticketMs = 60_000;

interface Ticket<Subject> {
  subject: Subject;
  until: number;
}

/** Names for what may be fetched once, by a browser that sends no header with a download. */
export class Tickets<Subject = string> {
  #tickets = new Map<string, Ticket<Subject>>();

  create(subject: Subject): string {
    const now = performance.now();
    for (const [id, { until }] of this.#tickets) if (until <= now) this.#tickets.delete(id);
    const id = randomBytes(32).toString("base64url");
    this.#tickets.set(id, { subject, until: now + ticketMs });
    return id;
  }

  take(id: string): Subject | undefined {
    const ticket = this.#tickets.get(id);
    this.#tickets.delete(id);
    return ticket && ticket.until > performance.now() ? ticket.subject : undefined;
  }
}
