import fs from "node:fs";
import path from "node:path";

const mostBytes = 64 * 1024 ** 2;

/**
 * Empties files of the server's log that have grown too large: whoever reaches the socket can add a line with every login
 * that is refused. The server appends, so it goes on at the beginning. The folder is the server's user's, who could put a
 * link there: only what is a file of its own is touched.
 * @returns the names of those that were emptied
 */
export function cutServerLog(folder: string, most = mostBytes): string[] {
  const cut: string[] = [];
  for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
    if (!/^postgresql-.*\.log$/.test(name)) continue;
    let file: number | undefined;
    try {
      file = fs.openSync(
        path.join(folder, name),
        fs.constants.O_WRONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK,
      );
      const { size, nlink } = fs.fstatSync(file);
      if (size <= most || nlink !== 1) continue;
      fs.ftruncateSync(file, 0);
      cut.push(name);
    } catch {
      // Gone, or no file.
    } finally {
      if (file !== undefined) fs.closeSync(file);
    }
  }
  return cut;
}
