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
  /** Absolute paths of the programs that will run, so that they and what lies next to them are visible. */
  readonly programs: readonly string[]
  /** Files that are in `work` from the beginning: name and content. */
  readonly files?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/**
 * What of `ChildRequest` a program in a sandbox can have; it gets no variable but those of `environment` and a few of
 * ours.
 */
export type ProgramRequest = Pick<
  ChildRequest,
  'command' | 'arguments' | 'environment' | 'stdin' | 'stdout' | 'stderrKept' | 'explain' | 'childrenEndThemselves'
>

/** Paths are the same inside and outside. */
export interface Sandbox extends IsolationUsed {
  /** The programs' own folder. Once one has run, nothing outside reads or writes it: what is in it may be a link. */
  readonly work: string
  /** Our folder, which programs can only read. */
  readonly shared: string
  /** The programs' folder for sockets; `publish` takes them out of it. */
  readonly sockets: string
  /**
   * Starts a program. When it is stopped, or an aborted signal of the sandbox stops it, every other program of the
   * sandbox ends, too.
   */
  start(request: ProgramRequest): Child
  /** Runs a short program and gives its standard output. Throws its failure. */
  read(request: ProgramRequest): Promise<string>
  /** Lets programs read all that is in a folder below `shared`. */
  share(folder: string): Promise<void>
  /**
   * Gives a socket in `sockets` a second name in a folder that programs cannot change, and resolves with that path: no
   * program can put a link to another server there. Throws a failure of kind tool if there is no such socket.
   */
  publish(socket: string): Promise<string>
  /** Ends every program and removes the folders. Any number of times; never throws. */
  close(): Promise<void>
}
