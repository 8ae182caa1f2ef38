export { type AttachDatabaseArgs, type AttachedDatabase, attachDatabase } from "./attach-database";
export { type AppDatabaseLimits, LeashAppDatabase, type LeashAppDatabaseArgs } from "./leash-app-database";
export {
  type BackupDestinationArgs,
  type BackupS3Args,
  LeashBackup,
  type LeashBackupArgs,
} from "./leash-backup";
export { LeashGuard, type LeashGuardArgs } from "./leash-guard";
export { LeashPostgres, type LeashPostgresArgs } from "./leash-postgres";
export { LeashServerBaseline, type LeashServerBaselineArgs } from "./leash-server-baseline";
export { createServerProvider, type ServerArgs } from "./server";
