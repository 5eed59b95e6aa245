// Counts the outcomes of keys by database, and handles the replies that determine them.
import { Failure } from '../../../domain/failures/failure.ts'
import type { RedisDatabaseChange } from '../../../ports/redis.ts'
import { explainRedis } from '../connection/errors.ts'
import { InvalidReply, type Reply, ReplyError } from '../connection/resp.ts'
import type { Expected } from './pipe.ts'

type Counts = { -readonly [name in keyof RedisDatabaseChange]: number }

export class Tally {
  readonly #databases = new Map<number, Counts>()

  of(database: number): Counts {
    const known = this.#databases.get(database)
    if (known) return known
    const counts = { database, added: 0, replaced: 0, kept: 0, expired: 0, removed: 0 }
    this.#databases.set(database, counts)
    return counts
  }

  /** Number of keys that were restored. */
  get restored(): number {
    return this.changes().reduce((sum, { added, replaced }) => sum + added + replaced, 0)
  }

  changes(): RedisDatabaseChange[] {
    return [...this.#databases.values()].sort((a, b) => a.database - b.database)
  }
}

/** Handles replies of RESTORE into one database. */
export class Restored implements Expected {
  readonly writesKey = true
  readonly #counts: Counts
  readonly #display: string
  readonly #there: (name: Uint8Array) => void

  /** `there` is called for each existing key that is kept. */
  constructor(counts: Counts, display: string, there: (name: Uint8Array) => void) {
    this.#counts = counts
    this.#display = display
    this.#there = there
  }

  take(...[reply, sending, at]: Parameters<Expected['take']>): void {
    if (reply === 'OK') this.#counts.added += 1
    else if (reply instanceof ReplyError && reply.message.startsWith('BUSYKEY')) {
      this.#counts.kept += 1
      this.#there(sending.nameAt(at))
    } else throw explainKey(reply, sending.nameAt(at), this.#display)
  }
}

/**
 * Handles replies of EXISTS, before the RESTORE of the same key if there is one: an existing key is replaced or kept.
 */
export class Existing implements Expected {
  readonly #counts: Counts
  readonly #from: 'added' | undefined
  readonly #to: 'replaced' | 'kept'

  constructor(counts: Counts, to: 'replaced' | 'kept', from: 'added' | undefined) {
    this.#counts = counts
    this.#to = to
    this.#from = from
  }

  take(reply: Reply): void {
    const there = numberOf(reply)
    this.#counts[this.#to] += there
    if (this.#from) this.#counts[this.#from] -= there
  }
}

/** Handles the reply of EXEC: throws if it contains an error. */
export class Transaction implements Expected {
  readonly writesKey = true
  readonly #last: Expected

  readonly #name: Uint8Array

  /** `last` handles the first reply in EXEC's reply, for the key `name`. */
  constructor(last: Expected, name: Uint8Array) {
    this.#last = last
    this.#name = name
  }

  take(reply: Reply): void {
    if (!Array.isArray(reply)) throw reply instanceof ReplyError ? reply : new InvalidReply()
    const [first = null, ...others] = reply
    this.#last.take(first, { nameAt: () => this.#name }, 0)
    for (const other of others) if (other instanceof ReplyError) throw other
  }
}

/** Accepts any reply except an error. */
export const anything = {
  take(reply: Reply): void {
    if (reply instanceof ReplyError) throw reply
  },
} satisfies Expected

/** Returns a numeric reply. Throws an error reply, and InvalidReply for anything else. */
export function numberOf(reply: Reply): number {
  if (typeof reply === 'number') return reply
  throw reply instanceof ReplyError ? reply : new InvalidReply()
}

function explainKey(reply: Reply, key: Uint8Array, display: string): unknown {
  if (!(reply instanceof ReplyError)) return new InvalidReply('RESTORE')
  const name = JSON.stringify(Buffer.from(key.subarray(0, 200)).toString())
  if (/Bad data format|module/i.test(reply.message)) {
    return new Failure('redis/value-refused', `${display} cannot read the value of the key ${name}: ${reply.message}`, {
      hint: 'If the value is of a module, load the same module in the target (MODULE LIST). Otherwise use another backup.',
      cause: reply,
    })
  }
  if (/payload version or checksum/i.test(reply.message)) {
    return new Failure(
      'redis/value-refused',
      `${display} is too old for the value of the key ${name}: ${reply.message}`,
      {
        cause: reply,
      },
    )
  }
  return explainRedis(reply, display)
}
