// A connection through a pooler that drops connection options. Settings are made in each transaction, never in a
// session.
import pg from 'pg'
import { pinnedSql, pinSql, requirePinned, superuserSettingsSql } from './pin.ts'
import type { SessionKind } from './session-options.ts'

type Query = (...query: readonly unknown[]) => Promise<pg.QueryResult>

/**
 * Each transaction may run in another session of the server, which other clients of the pooler use afterwards. So every
 * statement outside a transaction gets its own transaction, and every transaction begins with the pinned settings,
 * which are local to it and verified.
 */
export class PooledClient extends pg.Client {
  /** Queues statements, because each one becomes several. */
  #last: Promise<unknown> = Promise.resolve()
  readonly #kind: SessionKind
  #isStandby = false

  constructor(config: pg.ClientConfig, kind: SessionKind) {
    super(config)
    this.#kind = kind
  }

  override query(...query: readonly unknown[]): never {
    const run = super.query.bind(this) as unknown as Query
    const [text] = query
    if (typeof (text as { submit?: unknown }).submit === 'function') return run(...query) as never
    const result = this.#last.then(() => this.#transaction(run, query))
    this.#last = result.catch(() => {})
    return result as never
  }

  async #transaction(run: Query, query: readonly unknown[]): Promise<unknown> {
    if (this.getTransactionStatus() !== 'I' || isOutside(query[0])) return run(...query)
    if (isBegin(query[0])) {
      const begun = await this.#begin(run, query)
      await this.#pin(run)
      return begun
    }
    await this.#begin(run, ['BEGIN'])
    try {
      await this.#pin(run)
      const result = await run(...query)
      await run('COMMIT')
      return result
    } catch (error) {
      await run('ROLLBACK').catch(() => {})
      throw error
    }
  }

  /**
   * Begins a transaction. A plain BEGIN gets PostgreSQL's default modes; a standby refuses READ WRITE, so BEGIN remains
   * as it is there.
   */
  async #begin(run: Query, query: readonly unknown[]): Promise<unknown> {
    const begun = await run(...query)
    if (textOf(query[0]).trim() !== 'BEGIN' || this.#isStandby) return begun
    try {
      await run('SET TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE NOT DEFERRABLE')
      return begun
    } catch (error) {
      if ((error as { code?: string }).code !== notWhileRecovering) throw error
      this.#isStandby = true
      await run('ROLLBACK')
      return run(...query)
    }
  }

  async #pin(run: Query): Promise<void> {
    await run(pinSql(this.#kind, 'transaction'))
    for (const statement of superuserSettingsSql('transaction')) await run(statement)
    requirePinned((await run(pinnedSql)).rows[0])
  }
}

/** feature_not_supported: "cannot set transaction read-write mode during recovery". */
const notWhileRecovering = '0A000'

function textOf(query: unknown): string {
  return (typeof query === 'string' ? query : (query as { text?: string }).text) ?? ''
}

function isBegin(query: unknown): boolean {
  return /^\s*(BEGIN|START\s+TRANSACTION)\b/i.test(textOf(query))
}

/** Whether PostgreSQL refuses the statement in a transaction; no name in such statements depends on search_path. */
function isOutside(query: unknown): boolean {
  return /^\s*(CREATE|DROP)\s+DATABASE\b/i.test(textOf(query))
}
