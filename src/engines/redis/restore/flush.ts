// Removes existing keys from the target for flush-first.
import type { RedisRestoreRequest } from '../../../ports/redis.ts'
import { fieldsIn } from '../connection/info.ts'
import { markOf } from '../queues/queue-keys.ts'
import type { CommandRouter } from './command-router.ts'
import { emptyDatabases } from './empty-databases.ts'
import { mustStay } from './queue-places.ts'
import { Removed } from './remove-queues.ts'
import { scanKeys } from './scan.ts'
import { matchesOne, type Selection } from './selection.ts'
import type { Tally } from './tally.ts'

/** Numbers of the target databases that keys are restored to. */
export function databasesOf({ manifest, database, toDatabase }: RedisRestoreRequest): number[] {
  if (database !== undefined) return [toDatabase ?? database]
  return manifest.fingerprint.databases.map((each) => each.database)
}

/** Empties the databases, or removes only matching keys; in that case the restored queues must be paused already. */
export async function flush(
  out: CommandRouter,
  request: RedisRestoreRequest,
  selection: Selection,
  tally: Tally,
): Promise<void> {
  if (selection.removes) {
    await eachMatch(out, request, selection, (database, key) => {
      const queue = selection.queueOfTarget(database, key)
      if (queue && mustStay(queue, key)) tally.of(database).removed += key.equals(markOf(queue)) ? 0 : 1
      // Keys of replaced queues are removed with their queue, because producers may be adding jobs.
      else if (queue?.outcome !== 'replaced') out.command(key, database, ['UNLINK', key], new Removed(tally, database))
    })
    return
  }
  await emptyDatabases(out, databasesOf(request), selection, tally)
  if (selection.whole && request.manifest.fingerprint.functions.length > 0) out.commandToAll(['FUNCTION', 'FLUSH'])
  await out.finish()
  await untilFreed(out)
}

/** Counts the keys that `flush` would remove. */
export async function countFlush(
  out: CommandRouter,
  request: RedisRestoreRequest,
  selection: Selection,
  tally: Tally,
): Promise<void> {
  if (selection.removes) {
    await eachMatch(out, request, selection, (database) => {
      tally.of(database).removed += 1
    })
    return
  }
  for (const database of databasesOf(request)) tally.of(database).removed += await out.sum(database, 'DBSIZE')
}

/** Calls `work` for each key to remove. A key that matches two patterns is passed only once. */
async function eachMatch(
  out: CommandRouter,
  request: RedisRestoreRequest,
  selection: Selection,
  work: (database: number, key: Buffer) => void,
): Promise<void> {
  for (const database of databasesOf(request)) {
    for (const [at, pattern] of (selection.removes ?? []).entries()) {
      const earlier = selection.removes?.slice(0, at) ?? []
      await scanKeys(out, database, pattern, (keys) => {
        for (const key of keys)
          if (isRemoved(selection, database, key) && !matchesOne(earlier, key)) work(database, key)
      })
    }
  }
}

function isRemoved(selection: Selection, database: number, key: Buffer): boolean {
  return selection.covers(key) && selection.queueOfTarget(database, key)?.outcome !== 'left-out'
}

const secondsToFree = 60

/**
 * Waits until the memory of removed keys is freed, which happens gradually: with maxmemory, the first keys would be
 * refused.
 */
async function untilFreed(out: CommandRouter): Promise<void> {
  for (let wait = 0; wait < secondsToFree * 10; wait += 1) {
    const texts: string[] = []
    for (const place of out.servers.all.keys()) texts.push(String(await out.askAt(place, 0, 'INFO', 'memory')))
    const pending = texts.some((text) => {
      const { maxmemory = '0', lazyfree_pending_objects: objects = '0' } = fieldsIn(text)
      return maxmemory !== '0' && objects !== '0'
    })
    if (!pending) return
    await new Promise((next) => setTimeout(next, 100))
  }
}
