import fs from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { agentArguments, leanVariables } from "../../src/platform/agent-process";
import { root } from "../support/sandbox";

it("the agent's image starts it as the embedded platform does", () => {
  const dockerfile = fs.readFileSync(path.join(root, "images/agent/Dockerfile"), "utf8");
  const line = (instruction: string) => new RegExp(`^${instruction} (.*)$`, "m").exec(dockerfile)![1]!;
  expect(JSON.parse(line("ENTRYPOINT"))).toEqual(["node", ...agentArguments("/opt/leash/agent.js")]);
  const variables = line("ENV").split(" ");
  expect(Object.fromEntries(variables.map((one) => one.split("=")))).toEqual(leanVariables);
});
