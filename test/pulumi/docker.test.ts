import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { docker, leftovers, missingDocker } from "../support/docker";
import { changes } from "../support/pulumi";
import {
  type AttachedApp,
  createDockerGround,
  type DockerGround,
  inContainer,
  type MadeServer,
  queryIn,
} from "./docker-ground";

const apps = { notes: "pg", shop: "pg", ledger: "pg8000" };

describe.skipIf(missingDocker)("LeashPostgres with apps in Docker", () => {
  let ground: DockerGround;
  let outputs: Record<string, { value: unknown }>;
  const app = (name: keyof typeof apps) => outputs[name]!.value as AttachedApp;
  const server = () => outputs.server!.value as MadeServer;
  beforeAll(async () => {
    ground = await createDockerGround();
    console.time("up");
    const stack = await ground.stack("main", { server: {}, apps });
    ({ outputs } = await stack.up());
    console.timeEnd("up");
  }, 600_000);
  afterAll(() => ground?.dispose(), 120_000);

  it("gives each app its database, and then finds nothing to change, refreshed or not", async () => {
    const stack = await ground.stack("main", { server: {}, apps });
    for (const name of ["notes", "shop", "ledger"] as const) {
      const { container, id } = app(name);
      expect(await queryIn(container, "create table rows as select 42 as body")).toBe("[]");
      expect(await queryIn(container, "select body, current_database() as here from rows")).toBe(
        `[{"body":42,"here":"${id}"}]`,
      );
    }
    expect(changes((await stack.up()).summary)).toEqual({});
    expect(changes((await stack.refresh()).summary)).toEqual({});
    expect(changes((await stack.up({ refresh: true })).summary)).toEqual({});
  });
});
