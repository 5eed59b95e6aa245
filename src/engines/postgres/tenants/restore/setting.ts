// What the steps of a restore share.
import type pg from 'pg'
import type { MappedTable, TenantMap } from '../../../../domain/tenants/map.ts'
import type { ZippedTable } from '../../../../domain/tenants/tenant-zip.ts'
import type { TenantContents, TenantRestoreRequest, TenantTableChange } from '../../../../ports/tenant.ts'
import type { OwnershipSql } from '../ownership-sql.ts'
import type { Ledger } from './ledger.ts'

/** A table of the backup and the one of the database that it goes into. */
export interface Matched {
  readonly zipped: ZippedTable
  readonly table: MappedTable
  /** Names, in the order of the CSV. */
  readonly columns: readonly string[]
  /** Columns of the primary key; empty if there is none, or the backup lacks one of them. */
  readonly key: readonly string[]
  /** Of `columns`, those that an UPDATE may set: no key, no GENERATED ALWAYS AS IDENTITY. */
  readonly changeable: readonly string[]
}

export interface RestoreContext {
  readonly client: pg.Client
  readonly request: TenantRestoreRequest
  readonly contents: TenantContents
  readonly map: TenantMap
  readonly sql: OwnershipSql
  /** The id whose rows these are to be, as PostgreSQL writes it. */
  readonly tenant: string
  /** The id in the ZIP, as PostgreSQL writes it; another than `tenant` with `as`. */
  readonly original: string
  /** In order of import, as the database has it. */
  readonly matches: readonly Matched[]
  readonly ledger: Ledger
}

/** What a way of restoring did, before the proof. */
export interface Written {
  readonly changes: readonly TenantTableChange[]
  /** Messages for the output. */
  readonly notes: readonly string[]
  /** Reads back what must be there now, and compares. Throws Failure. */
  check(): Promise<void>
}

export function changeOf(
  { table }: Matched,
  {
    inserted = 0,
    updated = 0,
    deleted = 0,
    unchanged = 0,
  }: Partial<Omit<TenantTableChange, 'schema' | 'table' | 'samples'>>,
  samples?: TenantTableChange['samples'],
): TenantTableChange {
  return {
    ...{ schema: table.schema, table: table.table, inserted, updated, deleted, unchanged },
    ...(samples && { samples }),
  }
}

/** Tables that refer to each other in a circle, together; the others alone. */
export function groupsOf(matches: readonly Matched[]): Matched[][] {
  const groups = new Map<number, Matched[]>()
  for (const match of matches) groups.set(match.table.group, [...(groups.get(match.table.group) ?? []), match])
  return [...groups.values()]
}
