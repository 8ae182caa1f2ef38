import { useState } from "preact/hooks";
import type { AppSummary, BackupFacts } from "../../api";
import { api, failureOf } from "../api-client";
import { absoluteTime, bytes, count, schedule } from "../format";
import { ConfirmDialog } from "../parts/confirm-dialog";
import { Empty } from "../parts/empty";
import { Icon } from "../parts/icon";
import { Loading } from "../parts/loading";
import { Notice, Problem } from "../parts/notice";
import { Words } from "../parts/words";
import type { JobControl } from "../state/job";
import { usePolled } from "../state/poll";
import { tell } from "../state/toast";
import { BackupRow } from "./backup-row";
import { Kept } from "./kept";

const everyMs = 5_000;

type Open = { what: "restore"; backup: BackupFacts } | { what: "undo" } | null;

export function BackupsTab({ app, work }: { app: AppSummary; work: JobControl }) {
  const { data, error } = usePolled(() => api.backups(app.id), everyMs, app.id, work.ended);
  const [open, setOpen] = useState<Open>(null);
  if (!data) return error === undefined ? <Loading /> : <Problem error={failureOf(error)} />;
  const { backups, kept, failure } = data;
  const download = async (backup: BackupFacts) => {
    try {
      const { path } = await api.download(app.id, backup.id);
      const link = document.createElement("a");
      link.href = path;
      link.download = "";
      link.click();
    } catch (refused) {
      tell(failureOf(refused).message);
    }
  };
  return (
    <section aria-labelledby="backups">
      <div class="section-head">
        <div>
          <h2 id="backups">Backups</h2>
          <p class="dim">
            {schedule(data.schedule)}, kept for {count(data.retentionDays, "day")}
          </p>
        </div>
        {app.plan && (
          <div class="head-actions">
            <button
              type="button"
              class="button"
              title="Restores the newest backup into a database of its own, and compares"
              disabled={work.running || backups.length === 0}
              onClick={() => work.start(() => api.drill(app.id))}
            >
              <Icon name="drill" />
              Drill newest
            </button>
            <button
              type="button"
              class="button primary"
              disabled={work.running}
              onClick={() => work.start(() => api.backUp(app.id))}
            >
              Back up now
            </button>
          </div>
        )}
      </div>
      {failure && (
        <div role="alert">
          <Notice
            tone="error"
            title={
              failure.failures === 1
                ? "The last backup failed"
                : `The last ${failure.failures} attempts to back it up failed`
            }
          >
            <p>
              <Words text={failure.error} />
            </p>
          </Notice>
        </div>
      )}
      {backups.length === 0 ? (
        <Empty icon="shield" title="There is no backup yet">
          <p>
            {app.plan
              ? "One is made every day by itself; make the first one now, if you like."
              : "Leash backs up the databases that it makes. This app has none."}
          </p>
        </Empty>
      ) : (
        <ul class="list backups">
          {backups.map((backup) => (
            <BackupRow
              key={backup.id}
              backup={backup}
              busy={work.running}
              onRestore={() => setOpen({ what: "restore", backup })}
              onVerify={() => work.start(() => api.verify(app.id, backup.id))}
              onDownload={() => download(backup)}
            />
          ))}
        </ul>
      )}
      <Kept kept={kept} busy={work.running} onUndo={() => setOpen({ what: "undo" })} />
      {open && (
        <ConfirmDialog
          title={open.what === "restore" ? "Restore this backup?" : "Undo the last restore?"}
          action={open.what === "restore" ? "Restore" : "Undo the restore"}
          danger
          typed={app.name}
          onConfirm={(typed) =>
            work.start(() =>
              open.what === "restore" ? api.restore(app.id, open.backup.id, typed) : api.undo(app.id, typed),
            )
          }
          onClose={() => setOpen(null)}
        >
          {open.what === "restore" ? (
            <p>
              The database goes back to {absoluteTime(new Date(open.backup.createdAt))} ({bytes(open.backup.bytes)}).
              What was written since is put aside, and the restore can be undone. The app's connections are ended.
            </p>
          ) : (
            <p>
              The database that was there before the last restore takes its place again. The app's connections are
              ended.
            </p>
          )}
        </ConfirmDialog>
      )}
    </section>
  );
}
