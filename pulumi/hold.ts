import * as pulumi from "@pulumi/pulumi";
import { errorCode } from "../src/errors";
import type { Difference } from "../src/tenancy/audit";
import type { AppDatabaseDescription, ServerBaselineDescription } from "../src/tenancy/describe";
import { releaseFromNeighbours } from "../src/tenancy/neighbours";
import { type Held, holdAppDatabase as holdApp, holdServerBaseline as holdBaseline } from "../src/tenancy/reconcile";
import type { TenancyServer } from "../src/tenancy/session";
import type { Credential } from "./app-resources";
import { componentError, describeError } from "./faults";
import { type Server, tenancyServer } from "./server";

/**
 * Holds the server to an app's whole description once its resources are there: the providers can't declare all of it, see
 * none of what changed behind their back, and say "created" where an administrator lacked the privileges. Resolves when
 * everything holds. During a preview nothing is done.
 * @throws pulumi.ResourceError saying what does not hold
 */
export function holdAppDatabase(
  component: pulumi.Resource,
  server: pulumi.Output<Server> | undefined,
  description: pulumi.Output<AppDatabaseDescription>,
  credential: pulumi.Output<Credential>,
  resources: pulumi.CustomResource[],
  options: { removable: boolean },
): pulumi.Output<AppDatabaseDescription> {
  return hold(component, server, pulumi.all([description, credential]), resources, async (tenancy, [whole, secret]) => {
    const held = await holdApp(tenancy, whole, { credential: secret, create: false });
    if (options.removable) await release(component, tenancy, whole.id);
    return held;
  }).apply(([whole]) => whole);
}

async function release(component: pulumi.Resource, tenancy: TenancyServer, id: string): Promise<void> {
  try {
    await releaseFromNeighbours(tenancy, id);
  } catch (error) {
    // 42501: insufficient_privilege, of an administrator that is no superuser.
    if (errorCode(error) !== "42501") throw error;
    await pulumi.log.warn(
      `A neighbour has named the roles of ${id}, so they may stay when the app is removed.`,
      component,
    );
  }
}

/** The same for what a server needs once. */
export function holdServerBaseline(
  component: pulumi.Resource,
  server: pulumi.Output<Server> | undefined,
  description: ServerBaselineDescription,
  resources: pulumi.CustomResource[],
): pulumi.Output<ServerBaselineDescription> {
  return hold(component, server, pulumi.output(description), resources, (tenancy) =>
    holdBaseline(tenancy, description),
  );
}

function hold<T>(
  component: pulumi.Resource,
  server: pulumi.Output<Server> | undefined,
  subject: pulumi.Output<T>,
  resources: pulumi.CustomResource[],
  work: (tenancy: TenancyServer, subject: T) => Promise<Held>,
): pulumi.Output<T> {
  if (!server) {
    throw componentError(
      "The provider does not tell where its server is, so nothing can be checked: give `server` as well.",
      component,
    );
  }
  const done = pulumi.all(resources.map(({ id }) => id));
  return pulumi.all([subject, server, done]).apply(async ([what, at]) => {
    if (pulumi.runtime.isDryRun()) return what as T;
    try {
      await report(component, await inTurn(() => work(tenancyServer(at), what as T)));
    } catch (error) {
      if (errorCode(error) === "tenancy/missing") throw missing(component, error);
      throw componentError(describeError(error), component);
    }
    return what as T;
  }) as pulumi.Output<T>;
}

function missing(component: pulumi.Resource, error: unknown): Error {
  const mend = "`pulumi up --refresh` makes it anew, and empty. Take a backup's rows into it after.";
  return componentError(`${describeError(error)}\n    ${mend}`, component);
}

async function report(component: pulumi.Resource, { mended, outOfReach: left }: Held): Promise<void> {
  const list = (differences: Difference[]) => differences.map(({ subject, says }) => `\n  ${subject} ${says}`).join("");
  if (mended.length > 0) await pulumi.log.debug(`Completed on the server:${list(mended)}`, component);
  if (left.length > 0) {
    await pulumi.log.warn(
      `Needs a superuser, which the administrator is not, so it does not hold:${list(left)}`,
      component,
    );
  }
}

// A hundred apps must not take all of the server's connections.
const atOnce = 4;
let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}
