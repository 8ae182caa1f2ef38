import { useCallback, useEffect, useRef, useState } from "preact/hooks";

const shownMs = 30_000;

export interface Secrets {
  /** The one value that is shown. */
  shown: { name: string; value: string } | null;
  show(name: string, value: string): void;
  hide(): void;
}

/** Shows one secret at a time, for half a minute, and none to a page that nobody looks at. */
export function useSecrets(): Secrets {
  const [shown, setShown] = useState<Secrets["shown"]>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  const hide = useCallback(() => {
    clearTimeout(timer.current);
    setShown(null);
  }, []);
  const show = useCallback(
    (name: string, value: string) => {
      clearTimeout(timer.current);
      setShown({ name, value });
      timer.current = setTimeout(hide, shownMs);
    },
    [hide],
  );
  useEffect(() => {
    const left = () => document.visibilityState === "hidden" && hide();
    document.addEventListener("visibilitychange", left);
    return () => {
      document.removeEventListener("visibilitychange", left);
      clearTimeout(timer.current);
    };
  }, [hide]);
  return { shown, show, hide };
}
