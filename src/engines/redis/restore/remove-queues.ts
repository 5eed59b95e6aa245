// Removes replaced queues from the target while producers may be adding jobs.
import type { RedisMode } from '../../../ports/redis.ts'
import { InvalidReply, type Reply, ReplyError } from '../connection/resp.ts'
import {
  customIdIn,
  isState,
  numberOfJob,
  partIn,
  partOf,
  sharedLists,
  sharedSets,
  statesOf,
} from '../queues/queue-keys.ts'
import type { CommandRouter } from './command-router.ts'
import { eachOfQueues } from './each-of-queues.ts'
import type { Expected } from './pipe.ts'
import { leastCounter, mustStay } from './queue-places.ts'
import type { Queue, Selection } from './selection.ts'
import { anything, numberOf, type Tally } from './tally.ts'
import { transaction } from './transaction.ts'

const lists = [...sharedLists, 'active']
const sortedSets = [...sharedSets, 'completed', 'failed']

/**
 * Removes all states in one transaction, then the jobs from before it. Jobs that producers add afterwards stay: those
 * with higher numbers, and those with custom IDs that a state contains again. The hash that pauses the queue also stays
 * and is replaced atomically later; the job ID counter stays too.
 */
export async function removeQueues(
  out: CommandRouter,
  selection: Selection,
  tally: Tally,
  mode: RedisMode,
): Promise<void> {
  const replaced = selection.queues.filter(({ outcome }) => outcome === 'replaced')
  if (replaced.length === 0 || (mode === 'flush-first' && !selection.removes)) return
  const last = new Map<Queue, number>()
  for (const queue of replaced) {
    const { database, keysInTarget } = queue
    if (mode === 'replace') tally.of(database).removed += keysInTarget
    const removed = mode === 'replace' ? anything : new Removed(tally, database)
    last.set(queue, await removeStates(out, queue, removed))
  }
  await eachOfQueues(out, selection, mode, async (found) => {
    const old = found.filter(({ queue, key, isOwn }) => {
      const part = partIn(queue, key)
      if (queue.outcome !== 'replaced' || isOwn || mustStay(queue, key) || isState(part)) return false
      return (numberOfJob(part) ?? 0) <= (last.get(queue) ?? 0)
    })
    const custom = old.filter(({ queue, key }) => customIdIn(partIn(queue, key)) !== undefined)
    const added = new Map<Queue, ReadonlySet<string>>()
    for (const queue of new Set(custom.map(({ queue }) => queue))) added.set(queue, await jobIdsIn(out, queue))
    for (const { queue, key } of old) {
      if (added.get(queue)?.has(customIdIn(partIn(queue, key)) ?? '')) continue
      const { database } = queue
      out.command(key, database, ['UNLINK', key], mode === 'replace' ? anything : new Removed(tally, database))
    }
  })
}

/**
 * Returns the job IDs in all states of a queue, and the keys of its schedulers. In one transaction, if the server allows
 * it, because a worker can move a job between two states.
 */
async function jobIdsIn(out: CommandRouter, queue: Queue): Promise<ReadonlySet<string>> {
  const commands = [
    ...lists.map((part) => ['LRANGE', partOf(queue, part), 0, -1]),
    ...sortedSets.map((part) => ['ZRANGE', partOf(queue, part), 0, -1]),
  ]
  const { database, inOneSlot } = queue
  const replies = inOneSlot ? await transaction(out, partOf(queue, 'id'), database, commands) : []
  if (!inOneSlot)
    for (const command of commands) {
      const place = out.servers.placeOf(command[1] as Buffer)
      replies.push(await out.askAt(place, database, ...command))
    }
  const ids = replies.flatMap((reply) => {
    if (Array.isArray(reply)) return reply.map(latin1)
    // A key of another type contains no job IDs.
    if (reply instanceof ReplyError && reply.message.startsWith('WRONGTYPE')) return []
    throw reply instanceof ReplyError ? reply : new InvalidReply('LRANGE')
  })
  return new Set(ids.flatMap((id) => [id, `repeat:${id}`]))
}

function latin1(id: Reply): string {
  return Buffer.isBuffer(id) ? id.toString('latin1') : String(id)
}

/** Returns the highest numeric job ID so far. */
async function removeStates(out: CommandRouter, queue: Queue, removed: Expected): Promise<number> {
  const { database } = queue
  const states = statesOf(queue)
  const counter = partOf(queue, 'id')
  // If the backup has no numeric job ID, the counter is not raised and can have any value.
  const count = leastCounter(queue) > 0 ? [['INCRBY', counter, 0]] : []
  if (!queue.inOneSlot) {
    for (const key of states) out.command(key, database, ['UNLINK', key], removed)
    await out.finish()
    return count.length > 0
      ? numberOf(await out.ask(counter, database, 'INCRBY', counter, 0))
      : Number.POSITIVE_INFINITY
  }
  const replies = await transaction(out, counter, database, [['UNLINK', ...states], ...count])
  removed.take(replies[0] ?? null, { nameAt: () => counter }, 0)
  return count.length > 0 ? numberOf(replies[1] ?? null) : Number.POSITIVE_INFINITY
}

/** Counts the replies of UNLINK. */
export class Removed implements Expected {
  readonly #tally: Tally
  readonly #database: number

  constructor(tally: Tally, database: number) {
    this.#tally = tally
    this.#database = database
  }

  take(reply: Parameters<typeof numberOf>[0]): void {
    this.#tally.of(this.#database).removed += numberOf(reply)
  }
}
