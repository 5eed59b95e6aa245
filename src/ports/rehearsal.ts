// Ports of a rehearsal: the scratch database for a migration, and the sandbox for an untrusted command.
import type { Duplex } from 'node:stream'
import type { CodeOrigin, LocksSeen } from '../domain/drill/rehearsal.ts'
import type { DatabaseState } from '../domain/drill/rehearsal-changes.ts'
import type { Confinement, ConfinementRequest } from './confinement.ts'

export type { Confinement, ConfinementRequest } from './confinement.ts'

/** A scratch database opened for a migration, with a login that is not a superuser. */
export interface RehearsalDatabase {
  /** The password is generated for this rehearsal, or is that of the scratch URL. Never shown. */
  readonly login: { readonly user: string; readonly password: string; readonly database: string }
  /** Sentences about the login for the report. */
  readonly notes: readonly string[]
  /** Whether `dial` may use TLS itself; then clients must not request it. */
  readonly tls: boolean
  /**
   * Connects a client that requests this login and this database, without encryption; `dial` uses TLS if the server
   * requires it. Sends any other client an error, and rejects.
   */
  dial(client: Duplex): Promise<Duplex>
  /** Counts every table exactly. */
  measure(): Promise<DatabaseState>
  /** Starts recording the locks of the login's sessions. `stop` ends these sessions and returns the recorded locks. */
  watchLocks(): Promise<{ stop(): Promise<LocksSeen> }>
  /** Ends the login's sessions. Can be called repeatedly; never throws. */
  close(): Promise<void>
  /** Removes the login after scratch was dropped. Can be called repeatedly; never throws. */
  remove(): Promise<void>
}

/** A scratch database, and another database of its server from which it is observed. */
export interface RehearsalPlace {
  readonly url: string
  readonly maintenanceUrl: string
}

/** Ports that a rehearsal uses. */
export interface RehearsalPorts {
  readonly origin: CodeOrigin
  openDatabase(
    place: RehearsalPlace,
    options: { readonly confined: boolean; readonly signal: AbortSignal },
  ): Promise<RehearsalDatabase>
  /** Throws a failure of kind refused with the reasons if no sandbox is available on this machine. */
  openConfinement(request: ConfinementRequest): Promise<Confinement>
}
