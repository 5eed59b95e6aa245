// The record of runs in a PostgreSQL table, which is checked, written and read over short connections with time limits.
import pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'
import { parseRecordTable, type RecordTable } from '../../../domain/record-table.ts'
import type { RecordedRun, RecordSettings, RunRecord, RunRow } from '../../../ports/record.ts'
import { type Address, parseAddress } from '../connection/address.ts'
import { enableTriggers, withClient } from '../connection/connect.ts'
import { withTimeLimit } from '../connection/time-limit.ts'
import { authorsOf, lacksRights } from '../owners/code-authors.ts'
import { openLogins } from '../owners/logins.ts'
import { createStatement } from './columns.ts'
import { defaultSchema, holdTable, type Located, locateTable, type TableLock } from './locate.ts'
import { misfitsOf } from './misfits.ts'
import { findStatement, updateStatement, upsertStatement } from './statements.ts'

/** Limits in seconds: to connect, for a statement, for a lock, and for a whole call. */
const limits = { connect: 10, statement: 10, lock: 5, call: 20 } as const

/** Opens the record without connecting. Throws a Failure of kind usage for an invalid URL or table name. */
export async function openRecord(url: string, settings: RecordSettings): Promise<RunRecord> {
  const address = parseAddress(url)
  const name = parseRecordTable(settings.table)
  if (!name) {
    throw new Failure(
      'record/invalid-table',
      `${JSON.stringify(settings.table)} is not a table name for the record of runs`,
      {
        hint: 'Write it as "BackupRun" or audit."BackupRun".',
      },
    )
  }
  return new PostgresRecord(
    { ...address, connectTimeout: Math.min(address.connectTimeout || limits.connect, limits.connect) },
    name,
    settings.create,
  )
}

class PostgresRecord implements RunRecord {
  readonly display: string
  readonly #address: Address
  /** Quoted, with its schema if one is known. */
  readonly #table: string
  readonly #hasSchema: boolean
  readonly #create: RecordSettings['create']

  constructor(
    address: Address,
    { schema = address.prismaSchema, table }: RecordTable,
    create: RecordSettings['create'],
  ) {
    this.#address = address
    this.#table = [...(schema === undefined ? [] : [schema]), table].map((part) => pg.escapeIdentifier(part)).join('.')
    this.#hasSchema = schema !== undefined
    this.#create = create
    this.display = `${this.#table} of ${address.display}`
  }

  async save(row: RunRow, former?: string): Promise<void> {
    await this.#briefly(async (client) => {
      if (this.#create !== 'never' && !(await transaction(client, () => locateTable(client, this.#table))))
        await this.#make(client)
      await this.#onTable(client, 'ROW EXCLUSIVE', async (session, table) => {
        if (former !== undefined && (await run(session, updateStatement(table, row, former))).rowCount) return
        await run(session, upsertStatement(table, row))
      })
    })
  }

  async find(id: string): Promise<RecordedRun | undefined> {
    return this.#briefly((client) =>
      this.#onTable(client, 'ACCESS SHARE', async (session, table) => {
        const { rows } = await run<FoundRow>(session, findStatement(table, id))
        return rows.map((row) => ({
          ...row,
          checksum: row.checksum ?? undefined,
          manifest: row.manifest ?? undefined,
        }))[0]
      }),
    )
  }

  #briefly<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    return withTimeLimit(limits.call, this.#address.display, withClient(this.#address, work, 'resettable'))
  }

  /** Runs `work` on the table in a transaction: as the table's owner, if we are a superuser and the owner is not. */
  async #onTable<T>(
    client: pg.ClientBase,
    lock: TableLock,
    work: (session: pg.ClientBase, table: string) => Promise<T>,
  ): Promise<T> {
    const done = await transaction(client, async () => {
      const found = await this.#requireFit(client)
      if (found.isOthers) return { found }
      if (found.superuser) {
        if (!(await holdTable(client, found, lock))) throw this.#noTable()
        await this.#requireOurCode(client, found)
        await enableTriggers(client)
      }
      return { value: await work(client, found.name) }
    })
    if (!done.found) return done.value
    const { owner, name } = done.found
    const logins = await openLogins(this.#address, [{ roles: [owner], single: true }], {
      code: 'record/owner-login',
      hint: `Record as ${owner}, permit password logins in pg_hba.conf, or make the role of DATABASE_URL the owner of ${this.#table}.`,
    })
    try {
      const [address] = logins.addresses as readonly [Address]
      return await withClient(address, (session) => transaction(session, () => work(session, name)), 'resettable')
    } finally {
      await logins.close()
    }
  }

  /** A superuser owns the table, but other roles may have added triggers. Throws `record/code-rights` then. */
  async #requireOurCode(client: pg.ClientBase, { oid }: Located): Promise<void> {
    const authors = await authorsOf(client, [oid])
    if (authors.length === 0) return
    const hint = `Make the author of the code the owner of ${this.#table} (ALTER TABLE … OWNER TO), or remove the code (DROP TRIGGER).`
    throw lacksRights('record/code-rights', authors, `the rights of a superuser on ${this.display}`, hint)
  }

  async #requireFit(client: pg.ClientBase): Promise<Located> {
    const found = await locateTable(client, this.#table)
    if (found === undefined) throw this.#noTable()
    const misfits = await misfitsOf(client, found.oid, this.#table)
    if (misfits.length === 0) return found
    throw new Failure('record/wrong-columns', `${this.display} ${misfits.map(({ what }) => what).join(' and ')}`, {
      hint: `Run: ${misfits.map(({ fix }) => fix).join(' ')}`,
    })
  }

  #noTable(): Failure {
    return new Failure('record/no-table', `there is no table ${this.display}`, {
      hint: 'Create it with the SQL in docs/backup-run.md, or add --record-create.',
    })
  }

  async #make(client: pg.ClientBase): Promise<void> {
    if (this.#create === 'beside-others' && !(await hasTables(client))) {
      throw new Failure(
        'postgres/no-tables',
        `${this.#address.display} has no tables, so ${this.#table} was not created there`,
        {
          hint: 'Check the database in DATABASE_URL. If it is empty on purpose, create the table with the SQL in docs/backup-run.md.',
        },
      )
    }
    try {
      await transaction(client, async () => {
        const schema = this.#hasSchema ? undefined : await defaultSchema(client)
        const name = schema === undefined ? this.#table : `${pg.escapeIdentifier(schema)}.${this.#table}`
        await client.query(createStatement(name))
      })
    } catch (error) {
      if (!madeMeanwhile.includes((error as { code?: string }).code ?? '')) throw error
    }
  }
}

interface FoundRow {
  readonly id: string
  readonly status: string
  readonly checksum: string | null
  readonly manifest: string | null
}

/**
 * unique_violation, duplicate_table and duplicate_object (the table's type): two sessions created the table at once,
 * which causes an error even with IF NOT EXISTS.
 */
const madeMeanwhile = ['23505', '42P07', '42710']

/** Sets the limits for this transaction only, so that they do not affect other clients behind a pooler. */
async function transaction<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('BEGIN')
  try {
    await client.query(`SET LOCAL statement_timeout = '${limits.statement}s'`)
    await client.query(`SET LOCAL lock_timeout = '${limits.lock}s'`)
    const result = await work()
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {})
    throw error
  }
}

function run<R extends pg.QueryResultRow>(
  client: pg.ClientBase,
  { text, values }: ReturnType<typeof findStatement>,
): Promise<pg.QueryResult<R>> {
  return client.query<R>(text, [...values])
}

async function hasTables(client: pg.ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ yes: boolean }>(`
    SELECT EXISTS (
      SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
         AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
    ) AS yes`)
  return rows[0]?.yes === true
}
