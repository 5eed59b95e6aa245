// The gate's nouns: what is asked of a backup before a migration, which database is meant, and the verdict.
import type { Manifest } from '../manifest/manifest.ts'
import type { FoundMigrations } from '../migrations/find-migrations.ts'
import type { StorePlace } from '../store-place.ts'

/** What the gate must know of a backup's database. */
export interface GateFacts {
  readonly database: string
  /** Of the server. */
  readonly systemIdentifier: string | undefined
  /** What of the database the backup has, if it does not have all: `it has the schema only`. */
  readonly part: string | undefined
}

/** A kind of backup that holds whole databases. */
export interface GateKind {
  readonly name: string
  gateFacts(manifest: Manifest): GateFacts
}

/** What a backup must be so that a migration may go ahead. Times in seconds. */
export interface GatePolicy {
  /** The kind of backup that the gate accepts. */
  readonly kind: GateKind
  /** Require a copy in an off-site store. */
  readonly requireOffSite: boolean
  /** Where the store at an address keeps backups. */
  readonly placeOf: (address: string) => StorePlace
  /** Its last drill must have proven it. */
  readonly requireDrill: boolean
  /** That drill must have run the backup's code in isolation. */
  readonly requireIsolation?: boolean
  /** How old its data may be. */
  readonly maxAge: number
  /** Id of the backup that was made for this very change: it may be older, as making and proving it takes time. */
  readonly backupFromThisRun?: string
  /** How old even that one may be. */
  readonly maxAgeOfOwnBackup: number
}

/** The database that the migration would change, as far as it is known. */
export interface WantedDatabase {
  readonly database?: string
  /** Of the server. Both sides must know it for it to count. */
  readonly systemIdentifier?: string
}

/** The run and the change that the gate decides for; whatever is not known is absent. */
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

/** One thing that speaks against a backup. */
export interface Fault {
  readonly kind: FaultKind
  /** A part of a sentence, such as `no drill has proven it`. */
  readonly sentence: string
}

/** A backup as the gate sees it. */
export interface Candidate {
  readonly name: string
  readonly id: string
  /** Addresses of the stores that hold it whole. */
  readonly stores: readonly string[]
  /** From the snapshot where its manifest was read, else from the id. */
  readonly ageSeconds: number
  /** Empty: it passes. */
  readonly faults: readonly Fault[]
}

export interface AcceptedBackup extends Candidate {
  /**
   * How it was known to be of the very database: by the server's identifier and name, by the database's name, or by its
   * own name.
   */
  readonly identity: 'server' | 'database-name' | 'backup-name'
  /** Until when this verdict holds. */
  readonly until: Date
}

/** What is known of the change: undefined files mean that no base was given, and migrations are taken for granted. */
export interface GateChange extends FoundMigrations {
  readonly base: string
  readonly head: string
  readonly mergeBase: string
  /** How many files differ. */
  readonly files: number
  /**
   * The pull request that decides, where the same commit goes to several bases and another one than the given is the
   * worst.
   */
  readonly pullRequest?: { readonly number: number; readonly base: string }
  /** Branches that the commit would go to and that were looked at; absent where no pull requests were asked for. */
  readonly bases?: readonly string[]
}

export type GateVerdict = 'not-needed' | 'allowed' | 'refused'

/** What the gate decided, and why. */
export interface Decision {
  readonly verdict: GateVerdict
  /** What a refusal is about: a migration that was edited, one that failed on real data, or the lack of a backup. */
  readonly refusedFor?: 'edited' | 'rehearsal' | 'backup'
  /** One sentence, no final full stop. */
  readonly reason: string
  /** Absent where no base was given. */
  readonly change?: GateChange
  readonly accepted?: AcceptedBackup
  /** Newest first; not all there are. */
  readonly candidates: readonly Candidate[]
  /** The one that lacks least, where none passes. */
  readonly best?: Candidate
  /** Whole sentences that a reader must know, whatever the verdict. */
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
 * Of several that fail, the one that lacks least: what a drill or a copy would mend before what nothing mends. First
 * among equals.
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
