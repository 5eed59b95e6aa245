// The interface of a sandbox, in which untrusted servers and tools run, for every method of isolation.

import type { IsolationPolicy, IsolationUsed } from '../domain/drill/isolation.ts'
import type { TemporaryPrefix } from '../streams/files/leftovers.ts'
import type { Child, ChildRequest } from '../streams/processes/child.ts'

export interface SandboxRequest {
  /** Folder in which the sandbox's own folder is made: on the disk that has room for the data. */
  readonly temporary: string
  /** Prefix of that folder's name. */
  readonly prefix: TemporaryPrefix
  readonly policy: IsolationPolicy
  /** Absolute paths of the programs that will run: they and the folders next to them are made visible. */
  readonly programs: readonly string[]
  /** Files to create in `work` at the start: name and content. */
  readonly files?: Readonly<Record<string, string>>
  /** Releases what a crashed program left outside of `work`, such as shared memory. */
  readonly crashCleanup?: (work: string) => CrashCleanup
  readonly signal: AbortSignal
}

/**
 * A command that runs after all programs have ended and before the folders are removed, as the user of the programs,
 * for at most 5 seconds. Not needed with isolation, because namespaces end with their programs.
 */
export interface CrashCleanup {
  /** Only if this file exists: a program removes it when it ends normally. */
  readonly file: string
  readonly command: string
  readonly arguments: readonly string[]
}

/**
 * The options of `ChildRequest` that a program in a sandbox supports. It gets only the variables in `environment` and a
 * few fixed ones.
 */
export type ProgramRequest = Pick<
  ChildRequest,
  'command' | 'arguments' | 'environment' | 'stdin' | 'stdout' | 'stderrKept' | 'explain' | 'childrenEndThemselves'
>

/** Paths are the same inside and outside. */
export interface Sandbox extends IsolationUsed {
  /**
   * The programs' folder. After one has run, nothing outside reads or writes the folder, because its files may be
   * links.
   */
  readonly work: string
  /** A folder that programs can only read. */
  readonly shared: string
  /** The programs' folder for sockets; `publish` makes them available outside. */
  readonly sockets: string
  /**
   * Starts a program. If it is stopped, by its caller or by the signal of the sandbox, all other programs of the
   * sandbox end too.
   */
  start(request: ProgramRequest): Child
  /** Runs a short program and returns its standard output. Throws its failure. */
  read(request: ProgramRequest): Promise<string>
  /** Allows programs to read everything in a folder below `shared`. */
  share(folder: string): Promise<void>
  /**
   * Links a socket in `sockets` into a folder that programs cannot change, and returns the new path: no program can put
   * a link to another server there. Throws a failure of kind tool if there is no such socket.
   */
  publish(socket: string): Promise<string>
  /** Ends all programs and removes the folders. Can be called repeatedly; never throws. */
  close(): Promise<void>
}
