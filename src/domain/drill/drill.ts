// The record of a drill: what was restored, how long it took, and whether it matched the backup.
import type { Failure } from '../failures/failure.ts'
import type { FailureCode } from '../failures/failure-codes.ts'
import type { Difference } from '../fingerprint/fingerprint.ts'
import type { Isolation } from './isolation.ts'
import type { Rehearsal } from './rehearsal.ts'

/** `not-drilled`: the machine lacks something that the data needs. This does not count against the backup. */
export type DrillVerdict = DrillMark['verdict'] | 'not-drilled'

const notDrilledCodes: readonly FailureCode[] = ['drill/missing-module', 'drill/missing-extension']

/** Whether a failure means that the backup could not be drilled on this machine. */
export function isNotDrilled({ code }: Failure): boolean {
  return notDrilledCodes.includes(code)
}

export const drillFormat = 'resguardo-drill/1'

/** A check that the user defined. */
export interface DrillCheck {
  readonly kind: 'sql' | 'command'
  /** As the user wrote it. */
  readonly check: string
  readonly passed: boolean
  readonly detail: string
}

export interface DrillPhase {
  readonly phase: string
  readonly seconds: number
}

/** For a backup of tenants: how many of them a drill restored, and their rows. */
export interface TriedTenants {
  readonly tenants: number
  readonly of: number
  readonly rows: number
}

/** Stored next to the backup as `drills/<time>-<verdict>.json`. Differences and failed checks make it `failed`. */
export interface DrillRecord {
  readonly format: typeof drillFormat
  readonly backup: string
  readonly name: string
  /** SHA-256 (hex) of the manifest's bytes: the record applies only to this manifest. */
  readonly manifestSha256: string
  readonly verdict: DrillVerdict
  readonly differences: readonly Difference[]
  readonly checks: readonly DrillCheck[]
  /** Why the backup could not be loaded: damaged bytes, data that the server refuses, or what this machine lacks. */
  readonly problem?: string
  /** What was not tested, and other facts that readers must know. */
  readonly notes: readonly string[]
  readonly phases: readonly DrillPhase[]
  /** ISO 8601. */
  readonly started: string
  readonly finished: string
  /** Stored bytes that were read, and their bytes before compression. */
  readonly bytes: number
  readonly contentBytes: number
  /** For kind `redis`: databases, and keys in them. */
  readonly tables: number
  readonly rows: number
  /** For kind `redis`: BullMQ queues whose numbers of jobs were compared by state. */
  readonly queues?: number
  /** Only for kind `tenant`. */
  readonly tried?: TriedTenants
  /** `shop on a temporary PostgreSQL 17.6`; contains no secrets. */
  readonly scratch: string
  /** How the backup's content was isolated from the machine of the drill. */
  readonly isolation: Isolation
  /** From the start until the data was loaded: the duration of a restore. */
  readonly rtoSeconds: number
  readonly rtoObjectiveSeconds: number
  /**
   * Rehearsal of a migration on the restored data; set if it was requested and the backup is proven. It does not count
   * against the backup.
   */
  readonly rehearsal?: Rehearsal
}

/** `proven` if nothing differed and every check passed. */
export function verdictOf(differences: readonly Difference[], checks: readonly DrillCheck[]): DrillMark['verdict'] {
  return differences.length === 0 && checks.every(({ passed }) => passed) ? 'proven' : 'failed'
}

/** Returns what counts against the backup, in sentences, the worst first. */
export function faultsOf({
  problem,
  differences,
  checks,
}: Pick<DrillRecord, 'problem' | 'differences' | 'checks'>): string[] {
  return [
    ...(problem === undefined ? [] : [problem]),
    ...differences.map(({ sentence }) => sentence),
    ...checks
      .filter(({ passed }) => !passed)
      .map(({ check, detail }) => `check did not pass: ${oneLine(check)} (${detail})`),
  ]
}

function oneLine(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > 120 ? `${line.slice(0, 119)}…` : line
}

/** The record as stored. */
export function drillText(record: DrillRecord): string {
  return `${JSON.stringify(record, undefined, 2)}\n`
}

export interface DrillMark {
  readonly time: Date
  readonly verdict: 'proven' | 'failed'
}
