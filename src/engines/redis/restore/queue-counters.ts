// The job ID counter of a BullMQ queue, `id`: it is restored before any job, and is never lowered while producers may
// add jobs.
//
// BullMQ takes the next job ID from it. If it were restored with the other keys, a connected producer could get IDs of
// jobs of the backup meanwhile, and jobs would overwrite each other.
import { Failure } from '../../../domain/failures/failure.ts'
import { type Reply, ReplyError } from '../connection/resp.ts'
import { partOf } from '../queues/queue-keys.ts'
import type { CommandRouter } from './command-router.ts'
import type { Expected } from './pipe.ts'
import { leastCounter } from './queue-places.ts'
import { type Queue, queuesToRestore, type Selection } from './selection.ts'
import { anything } from './tally.ts'

/**
 * Raises the counters of the restored queues. Does not change counters that are high enough. Throws
 * Failure('redis/queue-conflict') for a counter that is not a number.
 */
export async function raiseCounters(out: CommandRouter, selection: Selection): Promise<void> {
  const asked: { readonly queue: Queue; readonly now: Now }[] = []
  for (const queue of queuesToRestore(selection)) {
    if (leastCounter(queue) === 0) continue
    const now = new Now()
    asked.push({ queue, now })
    raise(out, queue, 0, now)
    await out.flushFull()
  }
  await out.finish()
  for (const { queue, now } of asked) {
    const missing = leastCounter(queue) - now.of(queue)
    if (missing > 0) raise(out, queue, missing, anything)
    await out.flushFull()
  }
  await out.finish()
}

function raise(out: CommandRouter, queue: Queue, by: number, expected: Expected): void {
  const key = partOf(queue, 'id')
  out.command(key, queue.database, ['INCRBY', key, by], expected)
}

/** The current value of a counter. */
class Now implements Expected {
  #reply: Reply = null

  take(reply: Reply): void {
    this.#reply = reply
  }

  of({ key }: Queue): number {
    if (typeof this.#reply === 'number') return this.#reply
    if (this.#reply instanceof ReplyError && !/WRONGTYPE|not an integer/.test(this.#reply.message)) throw this.#reply
    throw new Failure('redis/queue-conflict', `could not restore queue ${key}: ${key}:id exists and is not a number`, {
      hint: 'Rename or remove that key, or leave the queue out with --redis-pattern.',
    })
  }
}
