// The interface of the sandbox of rehearsed commands, for every method.
import type { Duplex } from 'node:stream'

/** Where a command can reach a server, as it sees it. */
interface ReachableServer {
  readonly host: string
  readonly port: number
}

export interface ConfinedRequest {
  /** Run by `/bin/sh -c` in the copy of the checkout. */
  readonly command: string
  /**
   * Connects a client of the command to a server. With it the command reaches only that server; without it, the
   * network.
   */
  readonly dial?: (client: Duplex) => Promise<Duplex>
  /** Variables on top of the short list that every command gets. */
  environment?(server: ReachableServer): Readonly<Record<string, string>>
  readonly timeoutSeconds: number
  readonly signal: AbortSignal
  /** Each line that it says, on either stream. */
  onLine(line: string): void
}

/** The exit code, or undefined for a command that was ended since its time was up. */
export interface ConfinedExit {
  readonly exitCode: number | undefined
}

/** A copy of the checkout in which untrusted commands run, one after the other. */
export interface Confinement {
  /** The method, in a few words. */
  readonly display: string
  /**
   * When it resolves, nothing that the command started is left. Throws a failure of kind tool if it could not be
   * started at all.
   */
  run(request: ConfinedRequest): Promise<ConfinedExit>
  /** Removes the copy. Any number of times; never throws. */
  close(): Promise<void>
}

export interface ConfinementRequest {
  /** The checkout to copy. */
  readonly checkout: string
  readonly temporary: string
  /** `none` runs commands as this very user, with the network: for code that is trusted. */
  readonly confinement: 'required' | 'none'
  readonly signal: AbortSignal
}
