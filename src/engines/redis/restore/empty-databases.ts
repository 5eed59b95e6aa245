// Empties whole databases for flush-first. In the same step, restored queues are paused and their job ID counters are
// set.
import { type Reply, ReplyError } from '../connection/resp.ts'
import { partOf } from '../queues/queue-keys.ts'
import type { CommandRouter } from './command-router.ts'
import type { Expected } from './pipe.ts'
import { leastCounter } from './queue-places.ts'
import { type Queue, queuesToRestore, type Selection } from './selection.ts'
import { anything, type Tally } from './tally.ts'

const flushdb = ['FLUSHDB', 'ASYNC'] as const

/**
 * Adds the removed keys to `tally`. If the server has no free memory, it cannot pause queues before it is emptied: the
 * caller always does it again afterwards.
 */
export async function emptyDatabases(
  out: CommandRouter,
  databases: readonly number[],
  selection: Selection,
  tally: Tally,
): Promise<void> {
  const queues = Map.groupBy(queuesToRestore(selection), ({ database }) => database)
  for (const database of databases) {
    const keys = await out.sum(database, 'DBSIZE')
    const commands = (queues.get(database) ?? []).flatMap(holding)
    for (const place of out.servers.all.keys()) {
      const here = commands.filter(([, key]) => out.servers.placeOf(key) === place)
      await emptyOne(out, place, database, here)
    }
    tally.of(database).removed += keys
  }
}

type KeyedCommand = readonly [name: string, key: Buffer, ...rest: readonly (string | number)[]]

function holding(queue: Queue): KeyedCommand[] {
  const least = leastCounter(queue)
  return [
    ...(least > 0 ? [['INCRBY', partOf(queue, 'id'), least] as const] : []),
    ['HSET', partOf(queue, 'meta'), 'paused', '1'],
  ]
}

async function emptyOne(
  out: CommandRouter,
  place: number,
  database: number,
  commands: readonly KeyedCommand[],
): Promise<void> {
  if (commands.length === 0) anything.take(await out.askAt(place, database, ...flushdb))
  // A transaction in a cluster is limited to one slot, so there the commands are sent one directly after the other.
  else if (out.servers.cluster) {
    out.commandAt(place, database, flushdb)
    for (const command of commands) out.commandAt(place, database, command, unlessFull)
    await out.finish()
  } else {
    const emptied = new Emptied()
    out.commandAt(place, database, ['MULTI']) // if memory is full, commands cannot be queued
    for (const command of [flushdb, ...commands]) out.commandAt(place, database, command, unlessFull)
    out.commandAt(place, database, ['EXEC'], emptied)
    await out.finish()
    if (emptied.aborted) anything.take(await out.askAt(place, database, ...flushdb))
  }
}

/** Ignores OOM errors: the caller repeats the commands after the databases have been emptied. */
const unlessFull: Expected = {
  take(reply: Reply): void {
    if (reply instanceof ReplyError && !reply.message.startsWith('OOM')) throw reply
  },
}

/** The reply of EXEC. */
class Emptied implements Expected {
  aborted = false

  take(reply: Reply): void {
    if (reply instanceof ReplyError && reply.message.startsWith('EXECABORT')) this.aborted = true
    else if (!Array.isArray(reply)) throw reply
    else for (const each of reply) unlessFull.take(each, { nameAt: () => new Uint8Array() }, 0)
  }
}
