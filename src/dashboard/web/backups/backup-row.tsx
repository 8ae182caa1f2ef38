import type { BackupFacts } from "../../api";
import { absoluteTime, bytes, count } from "../format";
import { Badge } from "../parts/badge";
import { IconButton } from "../parts/icon-button";
import { Time } from "../parts/time";

interface BackupRowProps {
  backup: BackupFacts;
  busy: boolean;
  onRestore: () => void;
  onVerify: () => void;
  onDownload: () => void;
}

export function BackupRow({ backup, busy, onRestore, onVerify, onDownload }: BackupRowProps) {
  const { id, createdAt, verifiedAt, drilledAt, drillFaults, sha256 } = backup;
  const which = `the backup of ${absoluteTime(new Date(createdAt))}`;
  return (
    <li class="backup" data-backup={id}>
      <div class="backup-head">
        <h3>
          <Time at={createdAt} />
        </h3>
        <p class="dim">
          {bytes(backup.bytes)} <span aria-hidden="true">·</span>{" "}
          <code title={`SHA-256 ${sha256}`}>
            <bdi>{id}</bdi>
          </code>
        </p>
      </div>
      <div class="backup-facts">
        {verifiedAt ? (
          <Badge tone="ok" icon="done">
            verified <Time at={verifiedAt} />
          </Badge>
        ) : (
          <Badge>not verified</Badge>
        )}
        {drillFaults > 0 ? (
          <Badge tone="error" icon="error">
            the drill found {count(drillFaults, "difference")}
          </Badge>
        ) : drilledAt ? (
          <Badge tone="ok" icon="drill">
            drilled <Time at={drilledAt} />
          </Badge>
        ) : (
          <Badge>never drilled</Badge>
        )}
      </div>
      <div class="actions">
        <IconButton icon="restore" label={`Restore ${which}`} onClick={onRestore} disabled={busy}>
          Restore
        </IconButton>
        <IconButton icon="shield" label={`Verify ${which}`} onClick={onVerify} disabled={busy} />
        <IconButton icon="download" label={`Download ${which}`} onClick={onDownload} />
      </div>
    </li>
  );
}
