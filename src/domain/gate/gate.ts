// Types of the gate: its policy for backups before a migration, the database that is meant, and the decision.
import type { Manifest } from '../manifest/manifest.ts'
import type { FoundMigrations } from '../migrations/find-migrations.ts'
import type { StorePlace } from '../store-place.ts'

/** Facts about a backup's database that the gate needs. */
export interface GateFacts {
  readonly database: string
  /** System identifier of the server. */
  readonly systemIdentifier: string | undefined
  /** Which part of the database the backup contains, if not all of it: `it has the schema only`. */
  readonly part: string | undefined
}

/** A kind of backup that contains whole databases. */
export interface GateKind {
  readonly name: string
  gateFacts(manifest: Manifest): GateFacts
}

/** What the gate requires of a backup before a migration. Times in seconds. */
export interface GatePolicy {
  /** The kind of backup that the gate accepts. */
  readonly kind: GateKind
  /** Require a copy in an off-site store. */
  readonly requireOffSite: boolean
  /** Returns the place of the store with an address. */
  readonly placeOf: (address: string) => StorePlace
  /** Require that the last drill has proven the backup. */
  readonly requireDrill: boolean
  /** Require that this drill ran the backup's code in isolation. */
  readonly requireIsolation?: boolean
  /** Maximum age of the data. */
  readonly maxAge: number
  /** ID of the backup that was made for this change. It may be older, because backup and drill take time. */
  readonly backupFromThisRun?: string
  /** Maximum age of that backup's data. */
  readonly maxAgeOfOwnBackup: number
}

/** The database that the migration would change; unknown values are absent. */
export interface WantedDatabase {
  readonly database?: string
  /** System identifier of the server. It is compared only if both sides know it. */
  readonly systemIdentifier?: string
}

/** The run and the change for which the gate decides; unknown values are absent. */
export interface GateOrigin {
  readonly repository?: string
  readonly runUrl?: string
  readonly pullRequest?: string
  /** The change's head commit. */
  readonly sha?: string
}

export type FaultKind =
  | 'incomplete'
  | 'not-trusted'
  | 'other-kind'
  | 'safety'
  | 'suspect'
  | 'partial'
  | 'other-database'
  | 'other-run'
  | 'damaged'
  | 'clock'
  | 'old'
  | 'on-site'
  | 'not-proven'
  | 'not-recorded'
  | 'drill-failed'
  | 'not-read'

/** One reason to refuse a backup. */
export interface Fault {
  readonly kind: FaultKind
  /** A part of a sentence, such as `no drill has proven it`. */
  readonly sentence: string
}

/** A backup that the gate has checked. */
export interface Candidate {
  readonly name: string
  readonly id: string
  /** Addresses of the stores with a complete copy. */
  readonly stores: readonly string[]
  /** Counted from the snapshot if the manifest was read, else from the time in the ID. */
  readonly ageSeconds: number
  /** Empty if the backup passes. */
  readonly faults: readonly Fault[]
}

export interface AcceptedBackup extends Candidate {
  /**
   * How the backup's database was identified: by the server's identifier and the database's name, by the database's
   * name, or by the backup's name.
   */
  readonly identity: 'server' | 'database-name' | 'backup-name'
  /** When this verdict expires. */
  readonly until: Date
}

/** The change from base to head, with its migrations. */
export interface GateChange extends FoundMigrations {
  readonly base: string
  readonly head: string
  readonly mergeBase: string
  /** Number of changed files. */
  readonly files: number
  /**
   * The pull request that decides: set if the same commit goes to several bases, and its change is worse than that to
   * the given base.
   */
  readonly pullRequest?: { readonly number: number; readonly base: string }
  /** Target branches of the commit that were checked; absent if pull requests were not queried. */
  readonly bases?: readonly string[]
}

export type GateVerdict = 'not-needed' | 'allowed' | 'refused'

/** The gate's decision, with its reasons. */
export interface Decision {
  readonly verdict: GateVerdict
  /** Reason of a refusal: an edited migration, a migration that failed on real data, or the lack of a backup. */
  readonly refusedFor?: 'edited' | 'rehearsal' | 'backup'
  /** One sentence, no final full stop. */
  readonly reason: string
  /** Absent if no base was given. */
  readonly change?: GateChange
  readonly accepted?: AcceptedBackup
  /** Newest first; may be incomplete. */
  readonly candidates: readonly Candidate[]
  /** The candidate closest to passing, if none passes. */
  readonly best?: Candidate
  /** Full sentences that readers must know, whatever the verdict. */
  readonly warnings: readonly string[]
}

const beyondHelp: ReadonlySet<FaultKind> = new Set([
  'not-trusted',
  'incomplete',
  'other-kind',
  'safety',
  'suspect',
  'partial',
  'other-database',
  'other-run',
  'damaged',
  'not-recorded',
  'drill-failed',
])

/**
 * Returns the candidate closest to passing, the first among equals. Faults that a drill or a copy fixes weigh least,
 * faults of age and clock more, and faults that nothing fixes most.
 */
export function bestOf(candidates: readonly Candidate[]): Candidate | undefined {
  const weight = ({ faults }: Candidate): number =>
    faults.reduce(
      (sum, { kind }) => sum + (beyondHelp.has(kind) ? 100 : kind === 'old' || kind === 'clock' ? 10 : 1),
      0,
    )
  return candidates.reduce<Candidate | undefined>(
    (best, each) => (best === undefined || weight(each) < weight(best) ? each : best),
    undefined,
  )
}
