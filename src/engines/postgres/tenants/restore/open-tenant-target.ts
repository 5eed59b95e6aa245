// The database to which tenants are restored: one connection, and one transaction that commits all changes or none.
import type pg from 'pg'
import { Failure } from '../../../../domain/failures/failure.ts'
import type { TenantRules } from '../../../../domain/tenants/map.ts'
import { mapTenants } from '../../../../domain/tenants/map-tenants.ts'
import type { RestoreMark } from '../../../../ports/restore.ts'
import type {
  OpenTenantTarget,
  TablesOfTenants,
  TenantContents,
  TenantRestored,
  TenantRestoreRequest,
  TenantTarget,
} from '../../../../ports/tenant.ts'
import { type Address, parseAddress } from '../../connection/address.ts'
import { cancelOnAbort } from '../../connection/cancel.ts'
import { connect, withClient } from '../../connection/connect.ts'
import { markStatement, notMarked } from '../../live/mark-in-place.ts'
import { asTableOwners, type TableRights } from '../../owners/as-table-owners.ts'
import { serverIds } from '../../probe.ts'
import { readTables } from '../catalogue.ts'
import { dropKeysToOthers } from '../keys-to-others.ts'
import { LooseKeys } from '../loose-keys.ts'
import { tablesOfTenants } from '../tables-of-tenants.ts'
import { explainRestore } from './explain-restore.ts'
import { restoreTenant } from './restore-tenant.ts'
import { writtenTables } from './written-tables.ts'

export const openTenantTarget: OpenTenantTarget = (url) => new PostgresTenantTarget(parseAddress(url))

/** Settings on top of those of every session. They end with the transaction, because a pooler may be in between. */
const settingsSql = `
  SELECT set_config('jit', 'off', true), set_config('lock_timeout', $1, true),
         set_config('work_mem', greatest(pg_size_bytes(current_setting('work_mem')), 64 << 20) / 1024 || 'kB', true),
         set_config('client_encoding', CASE current_setting('server_encoding') WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END, true)`

class PostgresTenantTarget implements TenantTarget {
  readonly #address: Address
  readonly #looseKeys: LooseKeys

  constructor(address: Address) {
    this.#address = address
    this.#looseKeys = new LooseKeys(address)
  }

  get display(): string {
    return this.#address.display
  }

  get database(): string {
    return this.#address.database
  }

  async serverIds(): Promise<readonly string[]> {
    return withClient(this.#address, serverIds)
  }

  async tables(rules: TenantRules): Promise<TablesOfTenants> {
    return tablesOfTenants(this.#address, rules)
  }

  async dropKeysToOthers(rules: TenantRules, sharedIsFilled: boolean): Promise<readonly string[]> {
    return dropKeysToOthers(this.#address, rules, sharedIsFilled)
  }

  dropLooseKey(rules: TenantRules, failure: Failure): Promise<boolean> {
    return this.#looseKeys.drop(rules, failure)
  }

  restoreLooseKeys(): Promise<readonly string[]> {
    return this.#looseKeys.restore()
  }

  async restore(request: TenantRestoreRequest): Promise<TenantRestored> {
    request.signal.throwIfAborted()
    if (request.codeAsSuperuser)
      return this.#restore(request, { address: this.#address, owners: [], lockTables: async () => {} })
    const tables = async (client: pg.ClientBase): Promise<readonly string[]> =>
      writtenTables(client, mapTenants(await readTables(client), request.rules), request)
    return asTableOwners(this.#address, { tables, quiet: request.triggers === 'off' }, async (rights) => {
      const restored = await this.#restore(request, rights)
      return { ...restored, notes: [...notesOn(rights), ...restored.notes] }
    })
  }

  async mark(mark: RestoreMark): Promise<string | undefined> {
    return withClient(this.#address, async (client) => {
      const statement = await markStatement(client, mark)
      if (statement === undefined) return notMarked
      await client.query(statement)
      return undefined
    })
  }

  async #restore(request: TenantRestoreRequest, rights: TableRights): Promise<TenantRestored> {
    const { address } = rights
    request.signal.throwIfAborted()
    const contents = await request.zip.open()
    try {
      const client = await connect(address, 'resettable')
      const done = cancelOnAbort(client, address, request.signal)
      try {
        return await this.#transaction(client, request, contents, rights)
      } finally {
        done()
        await client.end().catch(() => {})
      }
    } finally {
      await contents.close()
    }
  }

  async #transaction(
    client: pg.Client,
    request: TenantRestoreRequest,
    contents: TenantContents,
    { lockTables }: TableRights,
  ): Promise<TenantRestored> {
    try {
      request.signal.throwIfAborted()
      await client.query('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE')
      await client.query(settingsSql, [`${request.lockTimeout}s`])
      const restored = await restoreTenant(client, request, contents, lockTables)
      request.signal.throwIfAborted()
      if (!request.dryRun) request.reached?.({ at: 'committing' })
      const ended = await client.query(request.dryRun ? 'ROLLBACK' : 'COMMIT').catch((cause) => {
        const error = outcomeUnknown(cause, this.display)
        if (!(error instanceof Failure)) request.reached?.({ at: 'unchanged' })
        throw error
      })
      if (!request.dryRun && ended.command !== 'COMMIT') {
        request.reached?.({ at: 'unchanged' })
        throw new Error(`the transaction ended with ${ended.command}`)
      }
      if (!request.dryRun) request.reached?.({ at: 'changed' })
      return restored
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {})
      if (!(error instanceof Failure)) request.signal.throwIfAborted()
      throw explainRestore(error, this.display, request)
    }
  }
}

function notesOn({ owners }: TableRights): readonly string[] {
  if (owners.length === 0) return []
  return [
    `Code of the database (triggers, checks) runs with the rights of ${owners.join(', ')}, through a temporary login; --code-as-superuser turns this off.`,
  ]
}

/**
 * An error with an SQLSTATE is PostgreSQL's: nothing was committed. Without one, or with 08… or 57P… (server shutdown),
 * the connection was lost during the commit.
 */
function outcomeUnknown(cause: unknown, where: string): unknown {
  const { code = '' } = cause as { code?: string }
  if (/^[0-9A-Z]{5}$/.test(code) && !/^(08|57P)/.test(code)) return cause
  return new Failure(
    'restore/commit-unknown',
    `the connection to ${where} was lost during the commit: it is not known whether the restore was committed`,
    {
      hint: 'Run again with --dry-run, which shows whether the rows were restored.',
      cause,
    },
  )
}
