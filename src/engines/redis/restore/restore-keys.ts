// Runs a restore: verifies the backup, prepares the target, and restores the keys.
import { Failure } from '../../../domain/failures/failure.ts'
import { plural } from '../../../domain/text/plural.ts'
import type { RedisRestored, RedisRestoreRequest } from '../../../ports/redis.ts'
import type { ParsedRedis } from '../connection/address.ts'
import { fieldsIn } from '../connection/info.ts'
import { ReplyError } from '../connection/resp.ts'
import { brokenOff } from './broken-off.ts'
import type { CommandRouter } from './command-router.ts'
import { completeQueues } from './complete-queues.ts'
import { flush } from './flush.ts'
import { loadLibraries } from './libraries.ts'
import { raiseCounters } from './queue-counters.ts'
import { restoresCounter } from './queue-places.ts'
import { findQueues, pauseQueues, queueChanges, queueNotes } from './queues.ts'
import { removeQueues } from './remove-queues.ts'
import { queuesToRestore, type Selection } from './selection.ts'
import { timeOf, withProvedBackup } from './session.ts'
import { trySamples } from './try-samples.ts'
import { ValueGatherer } from './value.ts'
import type { StagedBackup } from './verify-and-stage.ts'
import { type RestoreKeyOptions, RestoreKeyWriter } from './write-keys.ts'

export function restoreKeys(parsed: ParsedRedis, request: RedisRestoreRequest): Promise<RedisRestored> {
  return withProvedBackup(parsed, request, async ({ out, tally, selection, staged, folder }) => {
    await trySamples(out.servers, staged.samples)
    const load = () => loadLibraries(out, staged.libraries, request, selection)
    const loadedFirst = request.mode === 'flush-first' ? undefined : await load()
    try {
      request.changes?.()
      await request.phase('Preparing the target', async () => {
        await findQueues(out, selection, request.mode)
        const empties = request.mode === 'flush-first' && !selection.removes
        if (!empties) await hold(out, selection)
        if (request.mode === 'flush-first') await flush(out, request, selection, tally)
        if (empties) await hold(out, selection)
        for (const queue of queuesToRestore(selection)) if (restoresCounter(queue)) tally.of(queue.database).added += 1
        await removeQueues(out, selection, tally, request.mode)
      })
      const libraries = loadedFirst ?? (await load())
      await request.phase('Restoring keys', () =>
        putKeys({ out, display: parsed.display, request, selection, tally, folder, staged }),
      )
      await completeQueues(out, selection, request.resumeQueues)
      const queues = await queueChanges(out, selection)
      const notes = [...queueNotes(selection), ...libraries.notes]
      return { databases: tally.changes(), queues, functions: libraries.loaded, notes }
    } catch (error) {
      const unanswered = await out.settle()
      throw brokenOff(error, { parsed, request, selection, tally, of: staged.keys, unanswered })
    }
  })
}

/**
 * Pauses the restored queues and raises their counters: no worker takes their jobs, and no producer gets their job IDs.
 */
async function hold(out: CommandRouter, selection: Selection): Promise<void> {
  await raiseCounters(out, selection)
  await pauseQueues(out, selection)
}

interface Put extends Pick<RestoreKeyOptions, 'out' | 'selection' | 'tally' | 'display'> {
  readonly request: RedisRestoreRequest
  readonly folder: string
  readonly staged: StagedBackup
}

async function putKeys({ out, display, request, selection, tally, folder, staged }: Put): Promise<void> {
  const values = new ValueGatherer(folder)
  const filled = new Set<number>()
  const targets = new Set(request.manifest.fingerprint.databases.map(({ database }) => selection.target(database)))
  for (const database of targets) if ((await out.sum(database, 'DBSIZE')) > 0) filled.add(database)
  const putter = new RestoreKeyWriter({
    ...{ out, display, selection, tally, values, mode: request.mode },
    now: await timeOf(out),
    eviction: await evictionOf(out),
    hasKeys: (database) => filled.has(database),
  })
  const evicted = await evictedOf(out)
  try {
    await staged.read(putter, () => out.flushFull())
    await out.finish()
    requireNoneEvicted((await evictedOf(out)) - evicted, display)
  } finally {
    values.close()
  }
}

/** Number of keys that all masters have evicted so far. */
async function evictedOf(out: CommandRouter): Promise<number> {
  let sum = 0
  for (const place of out.servers.all.keys())
    sum += Number(fieldsIn(String(await out.askAt(place, 0, 'INFO', 'stats'))).evicted_keys ?? 0)
  return sum
}

function requireNoneEvicted(evicted: number, display: string): void {
  if (evicted === 0) return
  throw new Failure(
    'redis/keys-evicted',
    `${display} evicted ${plural(evicted, 'key')} during the restore, because its memory is full`,
    {
      hint: 'Raise maxmemory, or set maxmemory-policy to noeviction, so that no key is evicted.',
    },
  )
}

async function evictionOf(out: CommandRouter): Promise<'lru' | 'lfu' | undefined> {
  const reply = await out.askAt(0, 0, 'INFO', 'memory')
  const policy = reply instanceof ReplyError ? '' : (fieldsIn(String(reply)).maxmemory_policy ?? '')
  return policy.endsWith('lru') ? 'lru' : policy.endsWith('lfu') ? 'lfu' : undefined
}
