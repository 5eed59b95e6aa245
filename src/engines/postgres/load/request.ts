// The options and the result of loading a backup.
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import type { PayloadSource } from '../../../ports/platform.ts'
import type { Sandbox } from '../../../sandbox/sandbox.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import type { Address } from '../connection/address.ts'
import type { ClientTools } from '../tools.ts'
import type { Choice } from './choose-entries.ts'
import type { MissingObject, Repairs } from './repairs.ts'

export interface LoadRequest extends Choice {
  /** An existing database without tables. Its user must have the rights to create all objects of the backup. */
  readonly address: Address
  readonly tools: ClientTools
  readonly manifest: PostgresManifest
  readonly payloads: readonly PayloadSource[]
  /**
   * Parallel workers for an archive on disk; at least two, because a serial load outside a transaction reorders rows.
   */
  readonly jobs: number
  /**
   * Roles that run code of the backup (constraints, domains, generated columns): the owners of its objects, through
   * temporary logins that only a superuser can create. Default: the user of `address`.
   */
  readonly codeRunsAs?: 'owners' | undefined
  /** Role for SET ROLE in every session. */
  readonly role?: string | undefined
  /**
   * Try to load an archive on disk in one transaction, which locks every object, before loading it by workers: faster for
   * many small tables.
   */
  readonly oneTransactionFirst?: boolean | undefined
  /** Omit owners and grants, so that roles need not exist. */
  readonly noOwner?: boolean | undefined
  readonly noTablespaces?: boolean | undefined
  /** The server is temporary and contains no other data, so code may run under the search_path of the backup. */
  readonly isScratch?: boolean | undefined
  /** `report`: continue after objects that fail, and return them; default: throw. */
  readonly onError?: 'stop' | 'report' | undefined
  readonly temporary: string
  /** Sandbox for pg_restore and psql, which must share `temporary`; absent: no sandbox. */
  readonly sandbox?: Pick<Sandbox, 'start' | 'share'>
  /** Bytes that must stay free in `temporary` in addition to the archive. */
  readonly reserve?: number
  readonly signal: AbortSignal
  /** Bytes of content read so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined
}

/** The result of one load method. */
export interface LoadedPart extends Pick<Loaded, 'notes' | 'loaded'> {
  readonly repairs?: Repairs
}

/** The result of a load, which is the input of `compareDatabase`. */
export interface Loaded {
  readonly notes: readonly string[]
  /** Entries of the archive that were restored; undefined for plain dumps and unknown archive versions. */
  readonly loaded?: readonly TocEntry[]
  /** Whether only selected tables or schemas were loaded. */
  readonly partial: boolean
  /** Objects that could not be restored (`onError: 'report'`); not part of `loaded`. */
  readonly missing: readonly MissingObject[]
}
