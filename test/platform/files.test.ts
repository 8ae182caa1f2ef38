import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { expect, it } from "vitest";
import { removeTree } from "../../src/files";

it("removes a folder into which another process still writes, once that has ended", async () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "leash-test-"));
  const within = path.join(root, "data/base/1");
  fs.mkdirSync(within, { recursive: true });
  const write = `const end = Date.now() + 1500;
    for (let n = 0; Date.now() < end; n++) try { require("node:fs").writeFileSync(String(n), ""); } catch {}`;
  const writer = execa(process.execPath, ["-e", write], { cwd: within });
  await sleep(600);
  removeTree(path.join(root, "data"));
  await writer;
  expect(fs.readdirSync(root)).toEqual([]);
  fs.rmdirSync(root);
});
