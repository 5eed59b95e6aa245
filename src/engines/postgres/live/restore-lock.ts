// Allows one restore of a live database at a time: an advisory lock on a separate connection.
import type pg from 'pg'
import { Failure } from '../../../domain/failures/failure.ts'
import { type LockHolder, lockHolder } from '../connection/lock-holder.ts'
import type { LiveContext } from './context.ts'
import { openSession } from './session.ts'

/**
 * Returns the session with the restore lock of this live database; `anywhere`: also if it has the lock in another
 * database.
 */
export async function holderOf(
  client: pg.Client,
  database: string,
  anywhere?: Parameters<typeof lockHolder>[2],
): Promise<LockHolder | undefined> {
  const { rows } = await client.query<{ first: number; second: number }>(
    "SELECT hashtext('resguardo restore') AS first, hashtext($1) AS second",
    [database],
  )
  const [key] = rows
  return key && lockHolder(client, [key.first, key.second], anywhere)
}

export class RestoreLock {
  readonly #context: LiveContext
  #holder: pg.Client | undefined

  constructor(context: LiveContext) {
    this.#context = context
  }

  /** Acquires the lock, or checks that it is still held. Throws a failure of kind refused if another session has it. */
  async hold(): Promise<void> {
    if (await this.#stillHeld()) return
    await this.release()
    const { live, maintenance } = this.#context
    const client = await openSession(maintenance ?? live)
    this.#holder = client
    const { rows } = await client.query<{ held: boolean }>(
      "SELECT pg_try_advisory_lock(hashtext('resguardo restore'), hashtext($1)) AS held",
      [live.database],
    )
    if (rows[0]?.held) return
    const holder = await holderOf(client, live.database)
    await this.release()
    const who = holder === undefined ? '' : `: ${holder.display}`
    const what = !holder || holder.saysItIsOurs ? 'another restore' : 'a session that is not a restore'
    throw new Failure('restore/already-running', `${what} holds the restore lock of ${live.database}${who}`, {
      hint: `Wait until it ends, or end it: SELECT pg_terminate_backend(${holder?.pid ?? 'pid'}).`,
    })
  }

  async #stillHeld(): Promise<boolean> {
    if (!this.#holder) return false
    return this.#holder.query('SELECT 1').then(
      () => true,
      () => false,
    )
  }

  /** The process ID of the session that holds the lock. */
  get pid(): number | undefined {
    return (this.#holder as { readonly processID?: number } | undefined)?.processID
  }

  /** Can be called any number of times; never throws. */
  async release(): Promise<void> {
    const holder = this.#holder
    this.#holder = undefined
    await holder?.end().catch(() => {})
  }
}
