import { posix } from "node:path";
import { LeashError } from "../errors";
import { detectApp } from "./detect";
import type { FileView } from "./file-view";
import type { Detection } from "./types";
import { subView, workspaceMembers } from "./workspace";

/** One app of a workspace. */
export interface MemberApp {
  /** Its folder, relative to the workspace's root. */
  path: string;
  detection: Detection;
}

/** Where workspaces keep what runs, beside what is built into it. */
const appFolder = /^(apps|services|cmd|backend|server|api|web)(\/|$)/;

/** The apps of the workspace whose root the view is; libraries and what can't be read are left out. */
export function detectMembers(view: FileView): MemberApp[] {
  return workspaceMembers(view).flatMap((path) => {
    try {
      const detection = detectApp(subView(view, path), posix.basename(path));
      return detection.framework !== null || appFolder.test(path) ? [{ path, detection }] : [];
    } catch (error) {
      if (error instanceof LeashError) return [];
      throw error;
    }
  });
}
