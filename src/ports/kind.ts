// The port for a kind of backup, through which operations use it. Each kind is an object in a folder of src/kinds.

import type { Size } from '../domain/backups/shrink.ts'
import type { DrillRecord, TriedTenants } from '../domain/drill/drill.ts'
import type { GateFacts } from '../domain/gate/gate.ts'
import type { ContentOf, Manifest, Payload } from '../domain/manifest/manifest.ts'
import type { InputTable } from '../inputs/kinds.ts'
import type { DrillScratch, Scratch, ScratchRequest } from './drill.ts'
import type { OpenRedisScratch } from './redis.ts'
import type { OpenTenantPack, OpenTenantZip, TenantTarget } from './tenant.ts'

/** Which tenants of a backup of tenants are drilled. */
export interface TenantChoice {
  /** Empty: all. */
  readonly tenants: readonly string[]
  /** Number of them, chosen at random; absent: all. */
  readonly sample: number | undefined
}

/** What a kind of backup adds to a command. */
export interface KindPart {
  /** One line for help, without a full stop: what the command does with this kind. */
  readonly summary: string
  /** Added to the name in the summary of --kind: `the whole database`. Absent: only the name is shown. */
  readonly subject?: string
  /** Rows that are added to the inputs of the command. They apply to the kinds that name them. */
  readonly inputs: InputTable
  /** Rules across inputs. Returns a message for each violation, with the names of the inputs. */
  check?(values: object): readonly string[]
}

/** A drill's request for scratch, for all kinds of backup. */
interface DrillScratchRequest extends Omit<ScratchRequest, 'manifest' | 'tables' | 'server'> {
  readonly server: ScratchRequest['server']
  readonly tenants: TenantChoice | undefined
}

/** Ports with which kinds of backup open scratch. */
export interface ScratchWorld {
  readonly signal: AbortSignal
  readonly openScratch: DrillScratch
  readonly openRedisScratch: OpenRedisScratch
  readonly openTenantZip: OpenTenantZip
  readonly openTenantPack: OpenTenantPack
  openTenantTarget(url: string): Promise<TenantTarget>
}

/** A kind of backup with manifests of type `M`. Callers look it up by the `kind` of the manifest. */
export interface StoredKind<M extends Manifest = Manifest> {
  /** In IDs, manifests and on the command line: 1 to 20 lower-case letters. */
  readonly name: string
  /** Titles of phases. */
  readonly titles: {
    /** Followed by `to` and the stores: `Dumping`. */
    readonly dump: string
    /** Comparison of the dump with its source and the last backup. */
    readonly compare: string
    /** Comparison of scratch with the backup. */
    readonly drill: string
  }
  /** The size by which shrinking is detected. */
  sizeOf(content: ContentOf<M>, payloads: readonly Payload[]): Size
  /** Whether the backup leaves nothing out. Only such backups are compared with each other. */
  isWhole(content: ContentOf<M>): boolean
  /** Whether two backups are of the same data, so that their sizes can be compared. Default: yes. */
  isComparable?(one: ContentOf<M>, other: ContentOf<M>): boolean
  /**
   * IDs of the server, any of which identifies it, so that a backup of another server under the same name is noticed.
   * Empty if they are not known.
   */
  serverIds?(content: ContentOf<M>): readonly string[]
  /** Present only if its backups contain whole databases; the gate accepts only those before a migration. */
  gateFacts?(manifest: M): GateFacts
  readonly drill: KindPart & {
    /** Environment variable with the URL of scratch for check commands. */
    readonly urlVariable: string
    /** Whether scratch is a database: only then are a scratch server, SQL checks and rehearsals possible. */
    readonly isDatabase: boolean
    openScratch(manifest: M, request: DrillScratchRequest, world: ScratchWorld): Promise<Scratch<M>>
    /** Counts of what a drill restored, for its record. `tried` is set for a backup of tenants. */
    counts(manifest: M, tried: TriedTenants | undefined): Pick<DrillRecord, 'tables' | 'rows' | 'queues'>
  }
}
