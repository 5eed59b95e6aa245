// What was repaired while a backup was loaded, and what is missing.
import type { Failure } from '../../../domain/failure.ts'
import type { TocEntry } from '../archive/toc.ts'

/** An object of the backup that the restored database does not have. */
export interface MissingObject {
  readonly entry: TocEntry
  readonly failure: Failure
}

export interface Repairs {
  /** Restored with the search_path of the database. */
  readonly repaired: readonly { readonly entry: TocEntry; readonly schemas: readonly string[] }[]
  /** Materialized views that read foreign tables in a way that the archive does not show, or that read other empty ones. */
  readonly unfilled: readonly TocEntry[]
  readonly missing: readonly MissingObject[]
}

export const noRepairs: Repairs = { repaired: [], unfilled: [], missing: [] }

/** One after the other. */
export function joinRepairs(parts: readonly Repairs[]): Repairs {
  return {
    repaired: parts.flatMap(({ repaired }) => repaired),
    unfilled: parts.flatMap(({ unfilled }) => unfilled),
    missing: parts.flatMap(({ missing }) => missing),
  }
}
