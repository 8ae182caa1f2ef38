import type { Job } from "../../api";
import type { JobControl } from "../state/job";
import { Icon } from "./icon";
import { IconButton } from "./icon-button";
import { Problem } from "./notice";
import { Words } from "./words";

const titles: Record<Job["kind"], string> = {
  "create-database": "Creating the database",
  plan: "Changing the plan",
  rotate: "Rotating the password",
  backup: "Backing up",
  drill: "Drilling the newest backup",
  verify: "Verifying the backup",
  restore: "Restoring",
  undo: "Undoing the restore",
};

/** Work under way, or what came of it. A screen reader hears each step once, not every percent. */
export function JobPanel({ work: { job, problem, dismiss } }: { work: JobControl }) {
  const step = job?.says.replace(/\s*\([\d.]+ ?%\)/, "") ?? "";
  const error = problem ?? (job?.state === "failed" ? job.error : null);
  return (
    <div class="job-place">
      <p class="sr-only" role="status">
        {job && job.state !== "failed" ? `${titles[job.kind]}: ${step}` : ""}
      </p>
      {error && <Problem error={error} onDismiss={dismiss} />}
      {job && job.state !== "failed" && (
        <section class={`job ${job.state}`} aria-label="Work under way">
          <div class="job-words">
            {job.state === "done" ? <Icon name="done" /> : <span class="spinner" aria-hidden="true" />}
            <strong>{job.state === "done" ? "Done" : titles[job.kind]}</strong>
            <span class="dim">
              <Words text={job.says} />
            </span>
            {job.state === "done" && <IconButton icon="close" label="Dismiss" onClick={dismiss} />}
          </div>
          {/* Without a value it shows that something goes on. */}
          {job.state === "running" && (
            <progress aria-label={titles[job.kind]} {...(job.part === null ? {} : { value: job.part })} />
          )}
        </section>
      )}
    </div>
  );
}
