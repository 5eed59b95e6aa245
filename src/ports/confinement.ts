// The port of the sandbox for rehearsed commands. All isolation methods implement it.
import type { Duplex } from 'node:stream'

/** Address of the server, as the command reaches it. */
interface ReachableServer {
  readonly host: string
  readonly port: number
}

export interface ConfinedRequest {
  /** Run by `/bin/sh -c` in the copy of the checkout. */
  readonly command: string
  /**
   * Connects a client of the command to the server. If present, a sandboxed command reaches only this server; if
   * absent, it has the network.
   */
  readonly dial?: (client: Duplex) => Promise<Duplex>
  /** Environment variables in addition to the short list that every command gets. */
  environment?(server: ReachableServer): Readonly<Record<string, string>>
  readonly timeoutSeconds: number
  readonly signal: AbortSignal
  /** Called for each line of standard output and standard error. */
  onLine(line: string): void
}

/** The exit code; undefined if the command was ended at its timeout. */
export interface ConfinedExit {
  readonly exitCode: number | undefined
}

/** A copy of the checkout in which untrusted commands run, one after the other. */
export interface Confinement {
  /** The isolation method, in a few words. */
  readonly display: string
  /**
   * Runs a command. When it resolves, no process of the command is left. Throws a failure of kind tool if the command
   * could not be started.
   */
  run(request: ConfinedRequest): Promise<ConfinedExit>
  /** Removes the copy. Can be called repeatedly; never throws. */
  close(): Promise<void>
}

export interface ConfinementRequest {
  /** The checkout to copy. */
  readonly checkout: string
  readonly temporary: string
  /** `none` runs commands as the current user, with the network; only for trusted code. */
  readonly confinement: 'required' | 'none'
  readonly signal: AbortSignal
}
