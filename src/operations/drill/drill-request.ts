// What a drill is asked to do, what it needs, and its result.
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
  /** Where rehearsals may be asked for. */
  readonly rehearsal?: RehearsalPorts
}

export interface TestRestoreRequest {
  /** Every store that holds the backup; it is read from the first, and the record written to all. */
  readonly places: readonly [Found, ...Found[]]
  readonly jobs: number
  readonly server: ScratchRequest['server']
  readonly allowMissingExtensions: boolean
  readonly temporary: string
  readonly isolation: IsolationPolicy
  readonly checkSql: readonly string[]
  readonly checkCommand: string | undefined
  readonly rtoObjectiveSeconds: number
  /** Where given, the manifest must be the recorded one. */
  readonly record?: RunRecord
  /** Of a backup of tenants, which are tried; absent: all. */
  readonly tenants?: TenantChoice
  /** A migration to try on the restored data, once the backup is proven. */
  readonly rehearsal?: RehearsalRequest
}

export interface Drilled {
  readonly record: DrillRecord
  /** ISO 8601: as of when the data is. */
  readonly snapshotTaken: string
  /** Stores that hold the record now. */
  readonly recorded: readonly string[]
  /**
   * A failure of kind integrity of a failed drill; what scratch lacks, where it was not drilled; of a proven one, why
   * its rehearsal failed (`refused`) or could not be held.
   */
  readonly failure: Failure | undefined
}

/** What came of it, before it is written down. */
export interface DrillOutcome
  extends Pick<
    DrillRecord,
    'differences' | 'checks' | 'notes' | 'rtoSeconds' | 'scratch' | 'isolation' | 'rehearsal' | 'tried'
  > {
  readonly failure?: Failure
  /** Why there was no rehearsal, although one was asked for. */
  readonly unheld?: Failure
}
