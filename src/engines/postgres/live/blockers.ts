// Finds what prevents a database from being renamed: checked in the preflight, and again right before the swap.
import type pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'
import type { Step } from '../../../ports/restore.ts'

interface Blocker {
  readonly sql: string
  readonly clear: string
  readonly step: (rows: readonly Record<string, string>[]) => Step
}

const list = (rows: readonly Record<string, string>[]): string => rows.map(({ name }) => name).join(', ')

const preparedTransactions: Blocker = {
  sql: 'SELECT gid AS name FROM pg_prepared_xacts WHERE database = $1',
  clear: 'No prepared transactions',
  step: (rows) => ({
    title: 'The live database has prepared transactions',
    state: 'blocked',
    detail: `${list(rows)}. End each with COMMIT PREPARED or ROLLBACK PREPARED in that database`,
  }),
}

const blockers: readonly Blocker[] = [
  preparedTransactions,
  {
    sql: 'SELECT slot_name::text AS name FROM pg_replication_slots WHERE database = $1',
    clear: 'No logical replication slots',
    step: (rows) => ({
      title: 'The live database has logical replication slots',
      state: 'blocked',
      detail: `${list(rows)}. They would stay in the old database, their consumers would fail, and the WAL that they retain would fill the disk. Stop the consumers and drop the slots: SELECT pg_drop_replication_slot(…); create new ones afterwards`,
    }),
  },
  {
    sql: 'SELECT s.subname::text AS name FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = $1 AND s.subenabled',
    clear: 'No active subscriptions',
    step: (rows) => ({
      title: 'The live database has active subscriptions',
      state: 'blocked',
      detail: `${list(rows)}. They would continue to write to the old database. Run ALTER SUBSCRIPTION … DISABLE, and create new ones in the restored database`,
    }),
  },
]

/** Prepared transactions: a restore in place would wait for their locks. */
export async function inPlaceBlockers(client: pg.Client, database: string): Promise<Step[]> {
  return stepsOf([preparedTransactions], client, database)
}

/** One step for each check: done, blocked, or a warning if the check failed. The connection may be to any database. */
export async function nameBlockers(client: pg.Client, database: string): Promise<Step[]> {
  return stepsOf(blockers, client, database)
}

async function stepsOf(some: readonly Blocker[], client: pg.Client, database: string): Promise<Step[]> {
  const steps: Step[] = []
  for (const { sql, clear, step } of some) {
    try {
      const { rows } = await client.query<Record<string, string>>(sql, [database])
      steps.push(rows.length > 0 ? step(rows) : { title: clear, state: 'done' })
    } catch (error) {
      steps.push({ title: clear, state: 'warning', detail: `Could not check this: ${(error as Error).message}` })
    }
  }
  return steps
}

/** Throws a failure of kind refused if anything blocks renaming the database. */
export async function refuseBlocked(client: pg.Client, database: string): Promise<void> {
  const blocked = (await nameBlockers(client, database)).filter(({ state }) => state === 'blocked')
  if (blocked.length === 0) return
  throw new Failure('restore/blocked', `database ${database} cannot be renamed now`, {
    hint: `Database ${database} is unchanged. Correct the cause and run again.`,
    details: blocked.map(({ title, detail }) => (detail ? `${title}. ${detail}` : title)),
  })
}
