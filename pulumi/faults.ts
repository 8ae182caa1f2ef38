import * as pulumi from "@pulumi/pulumi";
import { errorMessage, LeashError } from "../src/errors";

type Check = <T>(path: string, parse: () => T) => T;

/**
 * Parses a component's arguments and tells all their faults at once, each with its path.
 * @throws pulumi.ResourceError
 */
export function collectFaults<T>(component: pulumi.Resource, name: string, parse: (check: Check) => T): T {
  const faults: string[] = [];
  const parsed = parse((path, one) => {
    try {
      return one();
    } catch (error) {
      faults.push(`  ${path}: ${describeError(error)}`);
      return undefined as never;
    }
  });
  if (faults.length === 0) return parsed;
  throw componentError(`The arguments of ${name} are wrong:\n${faults.join("\n")}`, component);
}

/** An error of a component, whose message is all that the user is shown. */
export function componentError(message: string, component: pulumi.Resource | undefined): Error {
  return withoutStack(new pulumi.ResourceError(message, component, true));
}

/** An error of a program, whose message is all that the user is shown. */
export function programError(message: string): Error {
  return withoutStack(new pulumi.RunError(message));
}

/** On Node 20 Pulumi's host takes 20 s and half a gigabyte to colour a stack that goes through node_modules. */
function withoutStack(error: Error): Error {
  delete error.stack;
  return error;
}

/** Message, details and hint of an error in one text. */
export function describeError(error: unknown): string {
  if (!(error instanceof LeashError)) return errorMessage(error);
  const details = error.details.map((detail) => `\n    ${detail}`).join("");
  return `${error.message}${details}${error.hint ? `\n    ${error.hint}` : ""}`.trimEnd();
}
