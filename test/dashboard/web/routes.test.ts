import { describe, expect, it } from "vitest";
import { appPath, parseRoute, tabs } from "../../../src/dashboard/web/routes";

describe("the page's paths", () => {
  it("lead to the apps and to each tab of one", () => {
    expect(parseRoute("/")).toEqual({ page: "overview" });
    expect(parseRoute("/apps/app_7k2m9qd4tx")).toEqual({ page: "app", app: "app_7k2m9qd4tx", tab: "environment" });
    for (const { name } of tabs) {
      expect(parseRoute(appPath("app_7k2m9qd4tx", name))).toEqual({ page: "app", app: "app_7k2m9qd4tx", tab: name });
    }
  });

  it("carry any id there and back", () => {
    for (const id of ["a/b", "a%2Fb", "ä 🦊", "../..", "?x#y"]) {
      expect(parseRoute(appPath(id, "backups"))).toEqual({ page: "app", app: id, tab: "backups" });
    }
  });

  it("lead nowhere when they are none", () => {
    for (const path of ["/apps", "/apps/", "/apps/x/nope", "/apps/x/database/y", "/apps/%E0%A4/database", "//", "/x"]) {
      expect(parseRoute(path)).toEqual({ page: "unknown" });
    }
  });
});
