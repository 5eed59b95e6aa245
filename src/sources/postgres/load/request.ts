// What loading a backup is asked to do, and what it came to.
import type { PostgresManifest } from '../../../domain/manifest.ts'
import type { PayloadSource } from '../../../operations/platform-ports.ts'
import type { Sandbox } from '../../../sandbox/sandbox.ts'
import type { Address } from '../address.ts'
import type { TocEntry } from '../archive/toc.ts'
import type { ClientTools } from '../tools.ts'
import type { Choice } from './choose-entries.ts'
import type { MissingObject, Repairs } from './repairs.ts'

export interface LoadRequest extends Choice {
  /** An existing database without tables. Its user may make everything that the backup holds. */
  readonly address: Address
  readonly tools: ClientTools
  readonly manifest: PostgresManifest
  readonly payloads: readonly PayloadSource[]
  /** Parallel workers where the archive is on disk; at least two, since a serial load outside a transaction reorders rows. */
  readonly jobs: number
  /**
   * Who runs code of the backup (constraints, domains, generated columns): the owners of its objects by logins made for the purpose, which
   * only a superuser can make; default: the user of `address`.
   */
  readonly codeRunsAs?: 'owners' | undefined
  /** SET ROLE to it in every session. */
  readonly role?: string | undefined
  /** All or nothing, in one transaction; slower, and needs locks for every table. */
  readonly singleTransaction?: boolean | undefined
  /** Leave out owners and grants, so that roles need not exist. */
  readonly noOwner?: boolean | undefined
  readonly noTablespaces?: boolean | undefined
  /** The database is thrown away, on a server without anything else: code may run under the search_path that the backup has. */
  readonly isScratch?: boolean | undefined
  /** `report`: go on past objects that fail, and return them; default: throw. */
  readonly onError?: 'stop' | 'report' | undefined
  readonly temporary: string
  /** Where pg_restore and psql run, with `temporary` within what it shares; absent: here. */
  readonly sandbox?: Pick<Sandbox, 'start' | 'share'>
  /** Bytes that must stay free in `temporary` beside the archive. */
  readonly reserve?: number
  readonly signal: AbortSignal
  /** Bytes of content read so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined
}

/** What one way of loading came to. */
export interface LoadedPart extends Pick<Loaded, 'notes' | 'loaded'> {
  readonly repairs?: Repairs
}

/** What was loaded; hand it on to `compareDatabase`. */
export interface Loaded {
  readonly notes: readonly string[]
  /** Entries of the archive that were restored; undefined for plain dumps and unknown archive versions. */
  readonly loaded?: readonly TocEntry[]
  /** Tables or schemas were selected: the database holds a part of the backup. */
  readonly partial: boolean
  /** Objects that could not be restored, where they are to be reported; `loaded` does not have them. */
  readonly missing: readonly MissingObject[]
}
