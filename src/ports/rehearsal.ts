// The ports of a rehearsal: the scratch database as a migration meets it, and a place that holds an untrusted command.
import type { Duplex } from 'node:stream'
import type { CodeOrigin, LocksSeen } from '../domain/drill/rehearsal.ts'
import type { DatabaseState } from '../domain/drill/rehearsal-changes.ts'
import type { Confinement, ConfinementRequest } from './confinement.ts'

export type { Confinement, ConfinementRequest } from './confinement.ts'

/** A scratch database opened for a migration, with a login that is no superuser. */
export interface RehearsalDatabase {
  /** The password is made for this rehearsal, or the scratch URL's own. Never shown. */
  readonly login: { readonly user: string; readonly password: string; readonly database: string }
  /** What a reader must know of the login. */
  readonly notes: readonly string[]
  /** Whether `dial` may speak TLS already, so that a client must not ask for it. */
  readonly tls: boolean
  /**
   * Connects a client that asks for this login and this database, in plain, whatever TLS the server wants. Rejects for
   * any other client, which has its answer then.
   */
  dial(client: Duplex): Promise<Duplex>
  /** Counts every table exactly. */
  measure(): Promise<DatabaseState>
  /** Begins to look at the locks of the login's sessions; `stop` ends what they still do, and gives what was seen. */
  watchLocks(): Promise<{ stop(): Promise<LocksSeen> }>
  /** Ends the login's sessions. Any number of times; never throws. */
  close(): Promise<void>
  /** Removes the login, once scratch is dropped. Any number of times; never throws. */
  remove(): Promise<void>
}

/** A scratch database, and another one of its server for whoever watches it. */
export interface RehearsalPlace {
  readonly url: string
  readonly maintenanceUrl: string
}

/** What a rehearsal needs of the world. */
export interface RehearsalPorts {
  readonly origin: CodeOrigin
  openDatabase(
    place: RehearsalPlace,
    options: { readonly confined: boolean; readonly signal: AbortSignal },
  ): Promise<RehearsalDatabase>
  /** Throws a failure of kind tool saying what is missing if nothing on this machine can hold a command. */
  openConfinement(request: ConfinementRequest): Promise<Confinement>
}
