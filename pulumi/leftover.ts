import * as pulumi from "@pulumi/pulumi";
import { errorCode } from "../src/errors";
import { type Created, removeLeftover } from "../src/tenancy/leftover";
import { componentError, describeError } from "./faults";
import { type Server, tenancyServer } from "./server";

/**
 * Makes room for a resource that an earlier `up` has created without knowing it, because the connection broke before the
 * answer came. The provider alone would fail with "already exists" for ever after.
 */
export function clearingLeftover(
  component: pulumi.Resource,
  server: pulumi.Output<Server> | undefined,
  created: pulumi.Output<Created>,
): pulumi.ResourceHookBinding {
  // Hooks run during updates alone, and Pulumi's mocks wait for them for ever.
  if (!server || pulumi.runtime.isDryRun() || !pulumi.runtime.getEngine()) return {};
  const clear = async () => {
    const [at, what] = await known(pulumi.all([server, created]));
    try {
      await removeLeftover(tenancyServer(at as Server), what as Created);
    } catch (error) {
      const mend =
        errorCode(error) === "tenancy/exists"
          ? "\n    To take it over, set `adopt: true` (for an app's database with its `databaseId`) for one `pulumi up`."
          : "";
      throw componentError(`${describeError(error)}${mend}`, component);
    }
  };
  return { beforeCreate: [clear] };
}

function known<T>(output: pulumi.Output<T>): Promise<pulumi.Unwrap<T>> {
  return new Promise((resolve) => {
    output.apply((value) => {
      resolve(value as pulumi.Unwrap<T>);
    });
  });
}
