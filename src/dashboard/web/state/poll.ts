import { useCallback, useEffect, useRef, useState } from "preact/hooks";

export interface Polled<T> {
  /** Undefined until the first answer. */
  data: T | undefined;
  /** Of the last attempt, if it failed. */
  error: unknown;
  /** What another request answered; an older answer that is still under way is dropped. */
  replace(data: T): void;
}

/**
 * Asks again every `everyMs` while the page is seen, and at once when `changes` is another. `key` says what is asked for;
 * another key starts anew.
 */
export function usePolled<T>(load: () => Promise<T>, everyMs: number, key: string, changes = 0): Polled<T> {
  const [state, setState] = useState<{ key: string; data?: T; error?: unknown }>({ key });
  const current = useRef({ load, generation: 0, ask: () => {} });
  current.current.load = load;

  useEffect(() => {
    const self = current.current;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    const ask = async () => {
      clearTimeout(timer);
      self.generation += 1;
      const { generation } = self;
      const fits = () => !ended && generation === self.generation;
      try {
        const data = await self.load();
        if (fits()) setState({ key, data });
      } catch (error) {
        if (fits()) setState((former) => ({ ...(former.key === key ? former : {}), key, error }));
      }
      if (fits()) again();
    };
    const again = () => {
      clearTimeout(timer);
      if (document.visibilityState === "visible") timer = setTimeout(ask, everyMs);
    };
    const seen = () => {
      if (document.visibilityState === "visible") void ask();
      else clearTimeout(timer);
    };
    self.ask = () => void ask();
    document.addEventListener("visibilitychange", seen);
    void ask();
    return () => {
      ended = true;
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", seen);
    };
  }, [key, everyMs]);

  const former = useRef(changes);
  useEffect(() => {
    if (former.current !== changes) current.current.ask();
    former.current = changes;
  }, [changes]);

  const replace = useCallback(
    (data: T) => {
      setState({ key, data });
      // Counts as the newest question, and asks for the next one in time.
      current.current.ask();
    },
    [key],
  );
  return state.key === key
    ? { data: state.data, error: state.error, replace }
    : { data: undefined, error: undefined, replace };
}
