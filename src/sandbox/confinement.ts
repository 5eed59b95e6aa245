// What a place that holds a stranger's command promises, whatever holds it.
import type { Duplex } from 'node:stream'

/** Where a command can reach a server, as it sees it. */
export interface ReachableServer {
  readonly host: string
  readonly port: number
}

export interface ConfinedRequest {
  /** Run by `/bin/sh -c` in the copy of the checkout. */
  readonly command: string
  /** Without it the command reaches the network, and no server of ours; with it nothing but what this connects its clients to. */
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

/** A place with a copy of the checkout in which a stranger's commands run, one after the other. */
export interface Confinement {
  /** How it holds them, in a few words. */
  readonly display: string
  /** When it resolves, nothing that the command started is left. Throws Failure('tool') if it could not be started at all. */
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
