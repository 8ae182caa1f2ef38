import * as pulumi from "@pulumi/pulumi";

/**
 * An error whose message is all that the user is shown. It has no stack: on Node 20 Pulumi's host takes 20 s and half a
 * gigabyte to colour one that goes through node_modules.
 */
export function runError(message: string): pulumi.RunError {
  const error = new pulumi.RunError(message);
  delete error.stack;
  return error;
}
