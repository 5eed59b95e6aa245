// Plans a restore: counts what it would do by checking which keys exist. Changes nothing.
import type { RedisRestored, RedisRestoreRequest } from '../../../ports/redis.ts'
import type { ParsedRedis } from '../connection/address.ts'
import { partIn } from '../queues/queue-keys.ts'
import type { RdbHandler, RdbKey } from '../rdb/handler.ts'
import type { CommandRouter } from './command-router.ts'
import { countFlush } from './flush.ts'
import { plannedLibraries } from './libraries.ts'
import { findQueues, plannedQueueChanges, queueNotes } from './queues.ts'
import type { Selection } from './selection.ts'
import { timeOf, withProvedBackup } from './session.ts'
import { Existing, type Tally } from './tally.ts'

export function planRestore(parsed: ParsedRedis, request: RedisRestoreRequest): Promise<RedisRestored> {
  return withProvedBackup(parsed, request, async ({ out, tally, selection, staged }) => {
    await findQueues(out, selection, request.mode)
    if (request.mode === 'flush-first') await countFlush(out, request, selection, tally)
    for (const { outcome, database, keysInTarget } of selection.queues) {
      if (outcome === 'replaced' && request.mode === 'replace') tally.of(database).removed += keysInTarget
    }
    const now = await timeOf(out)
    const counter = new KeyCounter({ out, selection, tally, now, request })
    await request.phase('Checking which keys exist', async () => {
      await staged.read(counter, () => out.flushFull())
      await out.finish()
    })
    const queues = await plannedQueueChanges(out, selection, request.resumeQueues)
    const functions = await plannedLibraries(out, request, selection)
    return { databases: tally.changes(), queues, functions, notes: queueNotes(selection) }
  })
}

interface CountOptions {
  readonly out: CommandRouter
  readonly selection: Selection
  readonly tally: Tally
  readonly now: number
  readonly request: RedisRestoreRequest
}

class KeyCounter implements RdbHandler {
  readonly #options: CountOptions

  constructor(options: CountOptions) {
    this.#options = options
  }

  key(key: RdbKey): void {
    const { out, selection, tally, now, request } = this.#options
    if (!selection.takes(key.database) || !selection.matches(key.key)) return
    const queue = selection.queueOf(key)
    if (queue?.outcome === 'left-out') return
    const database = selection.target(key.database)
    const counts = tally.of(database)
    if (queue?.outcome === 'kept') counts.kept += 1
    else if (key.expireAt !== undefined && key.expireAt <= now) counts.expired += 1
    else if (queue && isMarker(key.key, queue.key)) return
    else {
      counts.added += 1
      const isOwn = queue?.own.has(partIn(queue, key.key))
      if ((queue && !isOwn) || request.mode === 'flush-first') return
      const existing = new Existing(counts, request.mode === 'merge' ? 'kept' : 'replaced', 'added')
      out.command(key.key, database, ['EXISTS', key.key], existing)
    }
  }
}

function isMarker(key: Buffer, queue: string): boolean {
  return key.equals(Buffer.from(`${queue}:marker`))
}
