import { useCallback, useEffect, useState } from "preact/hooks";
import type { Failure, Job } from "../../api";
import { api, failureOf, RequestError } from "../api-client";
import { recall, remember } from "./memory";

export interface JobControl {
  job: Job | null;
  running: boolean;
  /** Why the last work could not even begin. */
  problem: Failure["error"] | null;
  /** How many pieces of work have ended; what shows their results asks again when it grows. */
  ended: number;
  /** Begins work; whether it has begun. */
  start(begin: () => Promise<Job>): Promise<boolean>;
  dismiss(): void;
}

const pollMs = 400;
const session = () => sessionStorage;

/** The work on one app: followed to its end, also by a page that was loaded again meanwhile. */
export function useJob(app: string): JobControl {
  const key = `leash-job:${app}`;
  const [id, setId] = useState(() => recall(key, session));
  const [job, setJob] = useState<Job | null>(null);
  const [problem, setProblem] = useState<Failure["error"] | null>(null);
  const [ended, setEnded] = useState(0);

  useEffect(() => {
    if (id === null) return;
    let left = false;
    let timer: ReturnType<typeof setTimeout>;
    const finish = () => {
      remember(key, null, session);
      setId(null);
      setEnded((number) => number + 1);
    };
    const ask = async () => {
      try {
        const answer = await api.job(id);
        if (left) return;
        setJob(answer);
        if (answer.state !== "running") return finish();
      } catch (error) {
        if (left) return;
        // The dashboard was started anew: what came of it shows in the lists.
        if (error instanceof RequestError && error.status === 404) {
          setJob(null);
          return finish();
        }
      }
      timer = setTimeout(ask, pollMs);
    };
    timer = setTimeout(ask, pollMs);
    return () => {
      left = true;
      clearTimeout(timer);
    };
  }, [id, key]);

  const start = useCallback(
    async (begin: () => Promise<Job>) => {
      setProblem(null);
      try {
        const begun = await begin();
        remember(key, begun.id, session);
        setJob(begun);
        setId(begun.id);
        return true;
      } catch (error) {
        setJob(null);
        setProblem(failureOf(error));
        return false;
      }
    },
    [key],
  );
  const dismiss = useCallback(() => {
    setJob(null);
    setProblem(null);
  }, []);
  return { job, running: id !== null, problem, ended, start, dismiss };
}
