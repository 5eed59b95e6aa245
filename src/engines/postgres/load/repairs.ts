// Types for objects that were repaired or are missing after a load.
import type { Failure } from '../../../domain/failures/failure.ts'
import type { TocEntry } from '../archive/toc-entry.ts'

/** An object of the backup that the restored database does not have. */
export interface MissingObject {
  readonly entry: TocEntry
  readonly failure: Failure
}

export interface Repairs {
  /** Objects that were restored with the search_path of the database. */
  readonly repaired: readonly { readonly entry: TocEntry; readonly schemas: readonly string[] }[]
  /** Materialized views that read foreign tables indirectly, or that read other unpopulated materialized views. */
  readonly unfilled: readonly TocEntry[]
  readonly missing: readonly MissingObject[]
}

export const noRepairs: Repairs = { repaired: [], unfilled: [], missing: [] }

/** Combines repairs in order. */
export function joinRepairs(parts: readonly Repairs[]): Repairs {
  return {
    repaired: parts.flatMap(({ repaired }) => repaired),
    unfilled: parts.flatMap(({ unfilled }) => unfilled),
    missing: parts.flatMap(({ missing }) => missing),
  }
}
