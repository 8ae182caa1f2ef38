import type { NamedCheck } from "../../api";
import { Badge } from "./badge";

const services: Record<NonNullable<NamedCheck["service"]>, string> = {
  postgresql: "PostgreSQL",
  mongodb: "MongoDB",
  redis: "Redis",
};

/** Whose URL a value is: "Supabase (transaction pooler)", or what it speaks where nobody is recognized. */
export function ServiceBadge({ check }: { check: Pick<NamedCheck, "service" | "title"> | null | undefined }) {
  const title = check?.title ?? (check?.service && services[check.service]);
  return title ? <Badge icon="database">{title}</Badge> : null;
}
