import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DetectedService, Service } from "../../src/detect/types";
import { type Label, type LabelledApp, readLabelledApps, writeLabelledApp } from "./labelled/read";
import { detectFolder } from "./support";

const apps = readLabelledApps(path.join(__dirname, "labelled"));
const knownMisses = JSON.parse(fs.readFileSync(path.join(__dirname, "labelled/known-misses.json"), "utf8")) as Record<
  string,
  string[]
>;
const services: readonly Service[] = ["postgresql", "mongodb", "redis"];

describe("the labelled apps", () => {
  let root: string;
  beforeAll(() => {
    root = fs.mkdtempSync(path.join(os.tmpdir(), "leash-labelled-"));
  });
  afterAll(() => fs.rmSync(root, { recursive: true, force: true }));

  it("are many, with positive and negative ones in every ecosystem", () => {
    expect(apps.length).toBeGreaterThanOrEqual(150);
    for (const ecosystem of new Set(apps.map((app) => app.ecosystem))) {
      const own = apps.filter((app) => app.ecosystem === ecosystem);
      expect(own.filter(isPositive), `${ecosystem}, with a service`).not.toEqual([]);
      expect(
        own.filter((app) => !isPositive(app)),
        `${ecosystem}, without one`,
      ).not.toEqual([]);
    }
  });

  it.each(apps)("$id: $why", (app) => {
    const folder = writeLabelledApp(app, path.join(root, app.id));
    const { services: found } = detectFolder(folder);
    const faults = services.flatMap((service) => {
      const label = app.labels.find((one) => one.service === service);
      const told = found.find((one) => one.service === service);
      return faultsOf(service, label, told);
    });
    // A miss that is known stands in a file of its own, and has to go from there when it is none any more.
    expect(faults, JSON.stringify(found, null, 2)).toEqual(knownMisses[app.id] ?? []);
  });
});

function isPositive({ labels }: LabelledApp): boolean {
  return labels.some(({ verdicts }) => verdicts.includes("uses"));
}

function faultsOf(service: Service, label: Label | undefined, found: DetectedService | undefined): string[] {
  const wanted = label?.verdicts.join(" or ") ?? "nothing";
  const told = found?.verdict ?? "nothing";
  if (!wanted.split(" or ").includes(told)) return [`${service}: ${told} instead of ${wanted}`];
  const missing = (names: readonly string[] = [], own: readonly string[] = []) =>
    names.filter((name) => !own.includes(name));
  return [
    ...missing(label?.variables, found?.variables).map((name) => `${service}: not the variable ${name}`),
    ...missing(label?.drivers, found?.drivers).map((id) => `${service}: not the driver ${id}`),
  ];
}
