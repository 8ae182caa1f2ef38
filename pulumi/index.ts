export { type AppDatabaseLimits, LeashAppDatabase, type LeashAppDatabaseArgs } from "./leash-app-database";
export { LeashServerBaseline, type LeashServerBaselineArgs } from "./leash-server-baseline";
export { createServerProvider, type ServerArgs } from "./server";
