import { randomBytes } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

/** A resource as a program declared it. */
export interface Declared {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  /** Inputs that were given as secrets. */
  secrets: string[];
  parent: string | undefined;
  dependsOn: string[];
  protect: boolean;
  retainOnDelete: boolean;
  ignoreChanges: string[];
}

type Seen = pulumi.ResourceTransformationArgs;

/**
 * Runs a program against Pulumi's mocks, as in a preview, and gives what it declared by the time that its output is known.
 * @param program passes the options on to its outermost component
 */
export async function declare(
  program: (options: pulumi.ComponentResourceOptions) => pulumi.Output<unknown>,
): Promise<Declared[]> {
  await ready();
  const seen: Seen[] = [];
  const watch: pulumi.ResourceTransformation = (args) => {
    seen.push(args);
    return undefined;
  };
  await resolved(program({ transformations: [watch] }));
  return Promise.all(seen.map(describeResource));
}

let mocks: Promise<void> | undefined;

/** Once: what a program registers late would look for its resources in vain. */
function ready(): Promise<void> {
  mocks ??= pulumi.runtime.setMocks(
    {
      call: ({ inputs }) => inputs,
      newResource: ({ type, name, inputs }) => ({
        id: `${name}-id`,
        state: { ...inputs, ...made(type, inputs, name) },
      }),
    },
    ...["project", "stack"],
    true,
  );
  return mocks;
}

async function describeResource({ type, name, props, opts }: Seen): Promise<Declared> {
  const inputs = Object.entries(props).filter(([, value]) => value !== undefined);
  const values = await Promise.all(
    inputs.map(async ([key, value]) => {
      const output = pulumi.output(value);
      return { key, value: await resolved(output), secret: await pulumi.isSecret(output) };
    }),
  );
  const dependencies = [await resolved(pulumi.output(opts.dependsOn ?? []))].flat() as pulumi.Resource[];
  return {
    ...{ type, name },
    inputs: Object.fromEntries(values.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value]]))),
    secrets: values.filter(({ secret }) => secret).map(({ key }) => key),
    parent: opts.parent && (await nameOf(opts.parent)),
    dependsOn: await Promise.all(dependencies.map(nameOf)),
    protect: opts.protect ?? false,
    retainOnDelete: (opts as pulumi.CustomResourceOptions).retainOnDelete ?? false,
    ignoreChanges: opts.ignoreChanges ?? [],
  };
}

async function nameOf(resource: pulumi.Resource): Promise<string> {
  return (await resolved(resource.urn)).split("::").at(-1)!;
}

/** What the plugins give out. */
function made(type: string, inputs: Record<string, unknown>, name: string): Record<string, unknown> {
  if (type.endsWith(":RemoteImage")) return { imageId: `sha256:${String(inputs.name)}` };
  if (type.startsWith("docker:")) return { name: inputs.name ?? `${name}-1234567` };
  if (type.endsWith(":RandomString")) return { result: "7k2m9qd4tx" };
  if (type.endsWith(":RandomPassword")) return { result: "x".repeat(inputs.length as number) };
  if (type.endsWith(":RandomBytes")) return { base64: randomBytes(inputs.length as number).toString("base64") };
  return {};
}

export function resolved<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => {
    output.apply(resolve);
  });
}
