import { LeashError } from "../errors";
import { byAge, type Manifest } from "./manifest";
import type { Schedule } from "./schedule";

const day = 24 * 60 * 60_000;
const mostDays = 3_650;
const clockToleranceMs = 60 * 60_000;
const mostCounted = 500;

/** @throws LeashError `backup/retention` */
export function parseRetention(days: number): number {
  if (Number.isInteger(days) && days >= 1 && days <= mostDays) return days;
  throw new LeashError("backup/retention", `Backups can't be kept for ${days} days.`, {
    hint: `Give a whole number of days from 1 to ${mostDays}.`,
    exitCode: 2,
  });
}

/**
 * What of an app's backups may go. Never the newest good one, nothing that is younger than the retention time, and
 * nothing that has not as many newer good ones as the schedule makes in that time: a clock that jumps ahead makes
 * everything look old at once, and a week of failures must not use up what there is.
 * @param app backups of any other are left alone, whatever they are called
 */
export function selectExpired(
  app: string,
  backups: readonly Manifest[],
  { retentionDays, schedule }: { retentionDays: number; schedule: Schedule },
  now: Date,
): Manifest[] {
  // Those from the future are of a clock that was wrong; nobody knows how old they are.
  const own = backups
    .filter((backup) => backup.app === app && Date.parse(backup.startedAt) <= now.getTime() + clockToleranceMs)
    .sort(byAge);
  const least = Math.max(1, occurrences(schedule, retentionDays, now));
  const oldest = now.getTime() - retentionDays * day;
  let newerGood = 0;
  return own.filter((backup) => {
    const isGood = backup.verifiedAt !== null;
    const isOld = Date.parse(backup.startedAt) < oldest;
    const goes = isOld && newerGood >= (isGood ? least : 1);
    if (isGood) newerGood += 1;
    return goes;
  });
}

/** How often the schedule came within the retention time. */
function occurrences(schedule: Schedule, retentionDays: number, now: Date): number {
  const span = retentionDays * day;
  let count = 0;
  let at = schedule.before(now);
  while (at.getTime() > now.getTime() - span) {
    count += 1;
    // A frequent one comes at an even pace.
    if (count === mostCounted) return Math.floor((count * span) / (now.getTime() - at.getTime()));
    at = schedule.before(new Date(at.getTime() - 1_000));
  }
  return count;
}
