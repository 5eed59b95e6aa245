// Types and functions that the steps of a tenant's restore share.
import type pg from 'pg'
import type { MappedTable, TenantMap } from '../../../../domain/tenants/map.ts'
import type { ZippedTable } from '../../../../domain/tenants/tenant-zip.ts'
import type { TenantContents, TenantRestoreRequest, TenantTableChange } from '../../../../ports/tenant.ts'
import type { OwnershipSql } from '../ownership-sql.ts'
import type { Ledger } from './ledger.ts'

/** A table of the backup with the matching table of the database. */
export interface Matched {
  readonly zipped: ZippedTable
  readonly table: MappedTable
  /** Column names in the order of the CSV. */
  readonly columns: readonly string[]
  /** Columns of the primary key; empty if there is none, or the backup lacks one of them. */
  readonly key: readonly string[]
  /** The `columns` that an UPDATE may set: no key columns, none that is GENERATED ALWAYS AS IDENTITY. */
  readonly changeable: readonly string[]
}

export interface RestoreContext {
  readonly client: pg.Client
  readonly request: TenantRestoreRequest
  readonly contents: TenantContents
  readonly map: TenantMap
  readonly sql: OwnershipSql
  /** The ID under which the rows are restored, as PostgreSQL writes it. */
  readonly tenant: string
  /** The ID in the ZIP, as PostgreSQL writes it; differs from `tenant` if `request.as` is set. */
  readonly original: string
  /** In the database's order of import. */
  readonly matches: readonly Matched[]
  readonly ledger: Ledger
}

/** What was written, before it is verified. */
export interface Written {
  readonly changes: readonly TenantTableChange[]
  /** Messages for the output. */
  readonly notes: readonly string[]
  /** Compares the rows in the database with those of the backup. Throws Failure. */
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

/** Groups of tables that refer to each other in a cycle; each other table is a group. */
export function groupsOf(matches: readonly Matched[]): Matched[][] {
  const groups = new Map<number, Matched[]>()
  for (const match of matches) groups.set(match.table.group, [...(groups.get(match.table.group) ?? []), match])
  return [...groups.values()]
}
