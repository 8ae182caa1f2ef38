declare module "fs-native-extensions" {
  /** Takes an exclusive lock on an open file; false when another process holds it. It ends when the file is closed. */
  export function tryLock(fd: number): boolean;
}
