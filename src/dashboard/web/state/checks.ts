import { useEffect, useRef, useState } from "preact/hooks";
import type { NamedCheck } from "../../api";
import { api } from "../api-client";

const pauseMs = 150;

/** The checker's words about a variable as it is typed; an answer that was overtaken is dropped. */
export function useCheck(app: string, name: string, value: string): NamedCheck | null {
  const [check, setCheck] = useState<NamedCheck | null>(null);
  const latest = useRef(0);
  useEffect(() => {
    latest.current += 1;
    const mine = latest.current;
    if (name === "" || value === "") {
      setCheck(null);
      return;
    }
    const timer = setTimeout(async () => {
      const answer = await api.check(app, { variables: [{ name, value }] }).catch(() => null);
      if (mine === latest.current && answer) setCheck(answer.checks[0] ?? null);
    }, pauseMs);
    return () => clearTimeout(timer);
  }, [app, name, value]);
  return check;
}
