import { describe, expect, it } from "vitest";
import { manifestKinds } from "../../src/detect/manifests/kinds";
import { detect, faultOf } from "./support";

describe("faults of an app's manifests", () => {
  it("are one error that says what was looked for when there is no manifest", () => {
    const fault = faultOf(() => detect({ "README.md": "# Notes" }, "notes"));
    expect(fault).toMatchObject({
      code: "detect/no-manifest",
      message: 'There is no manifest of an app in the folder "notes".',
      hint: `Leash looks for ${manifestKinds.map(({ title }) => title).join(", ")} and Prisma schemas: name the folder that has one of them.`,
      exitCode: 1,
    });
  });

  it("are told by their own code when there is one", () => {
    expect(faultOf(() => detect({ "go.mod": Buffer.from([0]) }))).toMatchObject({
      code: "detect/not-text",
      details: [],
      exitCode: 1,
    });
  });

  it("are told together, each with its file and how to mend it", () => {
    const fault = faultOf(() =>
      detect({
        "package.json": '{"dependencies": [], "devDependencies": "pg"}',
        "pyproject.toml": "[project\n",
        "requirements.txt": Buffer.from([0xff]),
        Pipfile: null,
        "go.mod": "require (",
      }),
    );
    expect(fault).toMatchObject({ code: "detect/faults", message: "6 faults in the app's manifests.", exitCode: 1 });
    expect(fault.details.map((line) => line.split(/[ :]/, 1)[0])).toEqual([
      "package.json",
      "package.json",
      "pyproject.toml",
      "requirements.txt",
      "Pipfile",
      "go.mod",
    ]);
    expect(fault.details[3]).toBe(
      "requirements.txt is not a text file. Save it as UTF-8 text, or remove it if it is not a manifest.",
    );
  });

  it("are told once for a file that two others include", () => {
    const files = { "requirements.txt": "-r base.txt", "requirements-web.txt": "-r base.txt" };
    expect(faultOf(() => detect({ ...files, "base.txt": null })).code).toBe("detect/unreadable");
  });

  it("never show the credentials that stand in a manifest", () => {
    const secret = "postgresql://bob:s3cret@db.example.com";
    const fault = faultOf(() =>
      detect({ "package.json": `{"dependencies": "${secret}"}`, "pyproject.toml": `x = "${secret}" "${secret}"` }),
    );
    expect([fault.message, fault.hint, ...fault.details].join("\n")).not.toContain("s3cret");
  });
});
