import { execFileSync } from "node:child_process";
import { LeashError } from "../errors";

/** The unprivileged user that PostgreSQL runs as; undefined when leash itself is unprivileged. */
export interface ServerUser {
  name: string;
  uid: number;
  gid: number;
}

const ownUser = "leash";

/**
 * PostgreSQL refuses to run as root, so root gives it a system user of its own (`LEASH_POSTGRES_USER` names another).
 * @param tell says that a user was made
 * @throws LeashError `server/no-user`
 */
export function ensureServerUser(
  environment: NodeJS.ProcessEnv = process.env,
  tell: (text: string) => void = () => {},
): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const wanted = environment.LEASH_POSTGRES_USER;
  if (wanted) {
    const found = lookUp(wanted);
    if (found && found.uid !== 0) return found;
    throw new LeashError("server/no-user", `LEASH_POSTGRES_USER names "${wanted}", which is no unprivileged user.`, {
      hint: "Name a user of this machine other than root, or unset it.",
      exitCode: 2,
    });
  }
  const found = lookUp(ownUser);
  if (found) return found;
  createSystemUser();
  const made = lookUp(ownUser);
  if (made) {
    tell(`Made the system user "${ownUser}", which PostgreSQL runs as.`);
    return made;
  }
  const other = lookUp("postgres") ?? lookUp("nobody");
  if (other && other.uid !== 0) return other;
  throw new LeashError(
    "server/no-user",
    "PostgreSQL refuses to run as root, and no system user could be made for it.",
    {
      hint: `Make one (useradd --system ${ownUser}), name one in LEASH_POSTGRES_USER, or run leash as an ordinary user.`,
    },
  );
}

function createSystemUser(): void {
  const attempts: [string, string[]][] = [
    [
      "useradd",
      ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent", "--shell", "/bin/false", ownUser],
    ],
    ["adduser", ["-S", "-D", "-H", "-s", "/bin/false", ownUser]], // busybox
  ];
  for (const [command, args] of attempts) {
    try {
      execFileSync(command, args, { stdio: "ignore" });
      return;
    } catch {
      // The next one; whether the user is there is looked up afterwards.
    }
  }
}

function lookUp(name: string): ServerUser | undefined {
  try {
    const id = (flag: string) => {
      const text = execFileSync("id", [flag, "--", name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
      return Number(text.trim());
    };
    return { name, uid: id("-u"), gid: id("-g") };
  } catch {
    return undefined;
  }
}
