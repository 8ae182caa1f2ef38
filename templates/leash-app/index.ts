import * as pulumi from "@pulumi/pulumi";
import { LeashAppDatabase, type ServerArgs } from "leash-databases/pulumi";

const config = new pulumi.Config();
const platform = new pulumi.StackReference(config.require("platform"));

const database = new LeashAppDatabase("database", {
  appName: pulumi.getProject(),
  plan: config.require("plan"),
  driver: config.require("driver"),
  server: platform.requireOutput("server") as pulumi.Output<ServerArgs>,
});

export const databaseId = database.databaseId;
/** Secret: `pulumi stack output databaseUrl --show-secrets`. */
export const databaseUrl = database.databaseUrl;
/** DATABASE_URL and the PG* variables, for the app's environment. Secret. */
export const environment = database.environment;
