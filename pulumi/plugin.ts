import fs from "node:fs";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as components from "./index";

type Component = new (
  name: string,
  args: pulumi.Inputs,
  opts: pulumi.ComponentResourceOptions,
) => pulumi.ComponentResource;

interface Schema {
  name: string;
  version: string;
  resources: Record<string, { properties?: Record<string, unknown> }>;
}

/**
 * The components for programs in Python, YAML and other languages. `schema.json` is what `npm run schema` reads from the
 * components' types, so that nothing is compiled when the plugin starts.
 */
class LeashPlugin implements pulumi.provider.Provider {
  readonly name: string;
  readonly version: string;
  readonly schema: string;
  private readonly resources: Schema["resources"];

  constructor(file: string) {
    this.schema = fs.readFileSync(file, "utf8");
    const { name, version, resources } = JSON.parse(this.schema) as Schema;
    this.name = name;
    this.version = version;
    this.resources = resources;
  }

  async construct(
    name: string,
    type: string,
    inputs: pulumi.Inputs,
    options: pulumi.ComponentResourceOptions,
  ): Promise<pulumi.provider.ConstructResult> {
    const properties = this.resources[type]?.properties;
    const component = (components as unknown as Record<string, Component | undefined>)[type.split(":").at(-1) ?? ""];
    if (!properties || !component) throw new Error(`Leash has no component ${type}.`);
    const made = new component(name, inputs, options) as pulumi.ComponentResource & Record<string, unknown>;
    const state = Object.fromEntries(Object.keys(properties).map((key) => [key, made[key]]));
    return { urn: made.urn, state };
  }
}

/** Serves the plugin's protocol until the engine ends it. */
export function servePlugin(folder: string): Promise<void> {
  return pulumi.provider.main(new LeashPlugin(path.join(folder, "schema.json")), process.argv.slice(2));
}
