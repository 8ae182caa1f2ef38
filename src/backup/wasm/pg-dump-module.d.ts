/** What the build takes out of pglite-tools: pg_dump as Emscripten makes it, https://emscripten.org/docs/api_reference/module.html */
export interface PgDumpModule {
  ENV: Record<string, string>;
  HEAPU8: Uint8Array;
  FS: {
    makedev(major: number, minor: number): number;
    mkdev(path: string, mode: number, device: number): void;
    registerDevice(device: number, operations: DeviceOperations): void;
  };
  onRuntimeInitialized: () => void;
  addFunction(callback: (pointer: number, length: number) => number, signature: string): number;
  /** How the program's connection reads and writes. */
  _pgl_set_rw_cbs(read: number, write: number): void;
  callMain(args: string[]): void;
}

interface DeviceOperations {
  open(stream: { seekable: boolean }): void;
  close(): void;
  write(stream: unknown, buffer: Uint8Array, offset: number, length: number): number;
}

export declare function createPgDump(options: {
  thisProgram: string;
  wasmBinary: Uint8Array;
  print: (line: string) => void;
  printErr: (line: string) => void;
  onExit: (code: number) => void;
  preRun: ((module: PgDumpModule) => void)[];
}): Promise<PgDumpModule>;
