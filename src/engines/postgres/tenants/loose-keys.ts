// Drops foreign keys between tenants in a drill, and checks them after all tenants are restored.
import pg from 'pg'
import type { Failure } from '../../../domain/failures/failure.ts'
import type { TableName } from '../../../domain/fingerprint/table-name.ts'
import { isOwned, nameOf, type TenantRules } from '../../../domain/tenants/map.ts'
import { mapTenants } from '../../../domain/tenants/map-tenants.ts'
import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'
import { qualified } from '../dump/snapshot.ts'
import { readTables } from './catalogue.ts'
import { id } from './quoting.ts'

interface LooseKey {
  readonly table: TableName
  readonly name: string
  readonly definition: string
}

/** Dropped foreign keys. Only for scratch databases. */
export class LooseKeys {
  readonly #address: Address
  readonly #keys: LooseKey[] = []

  constructor(address: Address) {
    this.#address = address
  }

  /**
   * Drops the foreign key that caused the failure, if it can refer to another tenant. Returns whether it was dropped.
   */
  async drop(rules: TenantRules, failure: Failure): Promise<boolean> {
    const { cause } = failure
    if (!(cause instanceof pg.DatabaseError) || cause.schema === undefined || cause.table === undefined) return false
    const { schema, table, constraint } = cause
    return withClient(this.#address, async (client) => {
      const { rows } = await client.query<TableName>(
        `SELECT n.nspname AS schema, c.relname AS "table" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE c.oid = coalesce(pg_partition_root(to_regclass($1)), to_regclass($1))`,
        [qualified({ schema, table })],
      )
      const { tables } = mapTenants(await readTables(client), rules)
      const found = tables.find((each) => rows[0] && nameOf(each) === nameOf(rows[0]))
      const key = found?.foreignKeys.find(({ name }) => name === constraint)
      const target = tables.find((each) => key && nameOf(each) === nameOf(key.target))
      if (!found || !key || !target || !isOwned(target)) return false
      // This key assigns rows to tenants, so it cannot refer to another tenant.
      const { ownership } = found
      const leads =
        ownership.kind === 'paths' &&
        [...ownership.paths.map((path) => path.foreignKey), ...ownership.self].includes(key)
      if (leads) return false
      const { rows: definitions } = await client.query<{ definition: string }>(
        'SELECT pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE conrelid = to_regclass($1) AND conname = $2',
        [qualified(found), key.name],
      )
      await client.query(`ALTER TABLE ${qualified(found)} DROP CONSTRAINT ${id(key.name)}`)
      this.#keys.push({ table: found, name: key.name, definition: definitions[0]?.definition ?? '' })
      return true
    })
  }

  /** Recreates the dropped keys; returns the names of those that are violated. */
  async restore(): Promise<readonly string[]> {
    const broken: string[] = []
    for (const { table, name, definition } of this.#keys.splice(0)) {
      const add = `ALTER TABLE ${qualified(table)} ADD CONSTRAINT ${id(name)} ${definition}`
      const holds = await withClient(this.#address, (client) =>
        client.query(add).then(
          () => true,
          (error: { code?: string }) => {
            if (error.code === '23503') return false
            throw error
          },
        ),
      )
      if (!holds) broken.push(`${name} of ${nameOf(table)}`)
    }
    return broken
  }
}
