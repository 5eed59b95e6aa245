// A connection through a pooler that drops connection options: settings are made in each transaction, and in no session.
import pg from 'pg'
import { pinnedSql, pinSql, quietSql, requirePinned, restrictSql } from './pin.ts'

type Query = (...query: readonly unknown[]) => Promise<pg.QueryResult>

/**
 * Each transaction may run on another connection of the server, which other clients of the pooler use afterwards. So every statement
 * outside of a transaction gets one of its own, and every transaction starts with the pinned settings, made with SET LOCAL and verified.
 */
export class PooledClient extends pg.Client {
  /** Statements wait for each other here, since one is now several. */
  #last: Promise<unknown> = Promise.resolve()
  readonly #restricts: boolean

  /** `restricts`: no view of the database is read. */
  constructor(config: pg.ClientConfig, restricts: boolean) {
    super(config)
    this.#restricts = restricts
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
    if (this.getTransactionStatus() !== 'I') return run(...query)
    if (isBegin(query[0])) {
      const begun = await run(...query)
      await this.#pin(run)
      return begun
    }
    await run('BEGIN')
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

  async #pin(run: Query): Promise<void> {
    await run(pinSql('transaction'))
    for (const statement of quietSql) await run(statement)
    if (this.#restricts) await run(restrictSql('transaction'))
    requirePinned((await run(pinnedSql)).rows[0])
  }
}

function isBegin(query: unknown): boolean {
  const text = typeof query === 'string' ? query : (query as { text?: string }).text
  return /^\s*(BEGIN|START\s+TRANSACTION)\b/i.test(text ?? '')
}
