import * as pulumi from "@pulumi/pulumi";
import { LeashBackup, LeashPostgres } from "leash-databases/pulumi";

const config = new pulumi.Config();
const postgres = new LeashPostgres("postgres", {
  image: config.require("image"),
  port: config.requireNumber("port"),
  memoryMb: config.requireNumber("memoryMb"),
  deletionProtection: config.requireBoolean("deletionProtection"),
});
new LeashBackup("backup", {
  server: postgres.server,
  image: config.require("backupImage"),
  schedule: config.require("schedule"),
  timezone: config.require("timezone"),
  retentionDays: config.requireNumber("retentionDays"),
  deletionProtection: config.requireBoolean("deletionProtection"),
});

/** What the stacks of the apps read: `leash:server` is organization/platform/<this stack>. Secret. */
export const server = postgres.server;
