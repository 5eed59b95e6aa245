// Finds the keys of BullMQ queues in a target by name, and separates application keys.
import { escapeGlob } from '../../../domain/redis/glob.ts'
import type { RedisMode } from '../../../ports/redis.ts'
import { type Reply, ReplyError } from '../connection/resp.ts'
import { fieldOfJobs, isOfQueue, partIn } from '../queues/queue-keys.ts'
import type { CommandRouter } from './command-router.ts'
import type { Expected } from './pipe.ts'
import { scanKeys } from './scan.ts'
import { type Queue, queuesToRestore, type Selection } from './selection.ts'

/** A key of a restored queue. `isOwn`: an application key, not BullMQ's. */
interface FoundKey {
  readonly queue: Queue
  readonly key: Buffer
  readonly isOwn: boolean
}

/**
 * Calls `work` for the keys of the restored queues, page by page. flush-first also removes application keys, so it does
 * not check for them.
 */
export async function eachOfQueues(
  out: CommandRouter,
  selection: Selection,
  mode: RedisMode,
  work: (found: readonly FoundKey[]) => Promise<void> | void,
): Promise<void> {
  await scanQueues(out, selection, async (keys, queueOf) => {
    const page: { readonly queue: Queue; readonly key: Buffer; readonly job: IsJob | undefined }[] = []
    for (const key of keys) {
      const queue = queueOf(key)
      if (!queue || isWithin(queue, key)) continue
      const job = mode === 'flush-first' || isOfQueue(partIn(queue, key)) ? undefined : new IsJob()
      if (job) out.command(key, queue.database, ['HEXISTS', key, fieldOfJobs], job)
      page.push({ queue, key, job })
    }
    await out.finish()
    await work(page.map(({ queue, key, job }) => ({ queue, key, isOwn: job !== undefined && !job.found })))
  })
}

class IsJob implements Expected {
  found = false

  take(reply: Reply): void {
    if (reply instanceof ReplyError && !reply.message.startsWith('WRONGTYPE')) throw reply
    this.found = reply === 1
  }
}

/**
 * Finds queues whose prefix equals `<prefix>:<name>` of a restored queue: they are separate and have their own `meta`.
 */
export async function findQueuesWithin(out: CommandRouter, selection: Selection): Promise<void> {
  await scanQueues(out, selection, (keys, queueOf) => {
    for (const key of keys) {
      if (!key.subarray(-metaEnd.length).equals(metaEnd)) continue
      const queue = queueOf(key)
      if (!queue || key.length <= Buffer.byteLength(queue.key) + 1 + metaEnd.length) continue
      queue.within.add(key.toString('latin1', 0, key.length - metaEnd.length + 1))
    }
  })
}

const metaEnd = Buffer.from(':meta')

type Page = (keys: readonly Buffer[], queueOf: (key: Buffer) => Queue | undefined) => void | Promise<void>

async function scanQueues(out: CommandRouter, selection: Selection, page: Page): Promise<void> {
  const places = new Map(
    queuesToRestore(selection).map(({ database, print: { prefix } }) => [
      `${database} ${prefix}`,
      { database, prefix },
    ]),
  )
  for (const { database, prefix } of places.values()) {
    const queueOf = (key: Buffer) => {
      const queue = selection.queueOfTarget(database, key)
      return queue?.print.prefix === prefix ? queue : undefined
    }
    await scanKeys(out, database, Buffer.from(`${escapeGlob(prefix)}:*`), (keys) => page(keys, queueOf))
  }
}

function isWithin({ within }: Queue, key: Buffer): boolean {
  if (within.size === 0) return false
  const name = key.toString('latin1')
  return [...within].some((beginning) => name.startsWith(beginning))
}
