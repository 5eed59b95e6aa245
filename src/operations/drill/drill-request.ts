// Types of a drill: the world it runs in, its request and its result.
import type { DrillRecord } from '../../domain/drill/drill.ts'
import type { IsolationPolicy } from '../../domain/drill/isolation.ts'
import type { Failure } from '../../domain/failures/failure.ts'
import type { Clock, Reporter } from '../../ports/common.ts'
import type { RunUserCommand, ScratchRequest } from '../../ports/drill.ts'
import type { ScratchWorld, StoredKind, TenantChoice } from '../../ports/kind.ts'
import type { RunRecord } from '../../ports/record.ts'
import type { RehearsalPorts } from '../../ports/rehearsal.ts'
import type { Found } from '../catalogue/find-backup.ts'
import type { RehearsalRequest } from './rehearse.ts'

export interface TestRestoreWorld extends ScratchWorld {
  readonly reporter: Reporter
  readonly clock: Clock
  /** All kinds of backup. */
  readonly kinds: readonly StoredKind[]
  readonly runUserCommand: RunUserCommand
  /** Masks secrets, because the record is stored. */
  hideSecrets(text: string): string
  /** Required only for rehearsals. */
  readonly rehearsal?: RehearsalPorts
}

export interface TestRestoreRequest {
  /** Every store that has the backup. The drill reads the first one, and writes the record to all. */
  readonly places: readonly [Found, ...Found[]]
  readonly jobs: number
  readonly server: ScratchRequest['server']
  readonly allowMissingExtensions: boolean
  readonly installTools: boolean
  readonly temporary: string
  readonly isolation: IsolationPolicy
  readonly checkSql: readonly string[]
  readonly checkCommand: string | undefined
  readonly rtoObjectiveSeconds: number
  /** If given, the manifest must match its row in this record. */
  readonly record?: RunRecord
  /** Tenants to restore from a tenant backup; absent: all. */
  readonly tenants?: TenantChoice
  /** A migration to run on the restored data after the backup is proven. */
  readonly rehearsal?: RehearsalRequest
}

export interface Drilled {
  readonly record: DrillRecord
  /** Time of the data's snapshot, ISO 8601. */
  readonly snapshotTaken: string
  /** Addresses of the stores that now have the record. */
  readonly recorded: readonly string[]
  /**
   * Failed drill: a failure of kind integrity. Not drilled: what scratch lacks. Proven: why its rehearsal failed
   * (`refused`) or could not run.
   */
  readonly failure: Failure | undefined
}

/** The result before it is written to a record. */
export interface DrillOutcome
  extends Pick<
    DrillRecord,
    'differences' | 'checks' | 'notes' | 'rtoSeconds' | 'scratch' | 'isolation' | 'rehearsal' | 'tried'
  > {
  readonly failure?: Failure
  /** Why a requested rehearsal did not run. */
  readonly rehearsalFailure?: Failure
}
