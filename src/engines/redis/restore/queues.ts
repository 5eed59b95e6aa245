// Restores complete BullMQ queues: finds them in the target, decides the outcome of each, and pauses them.
import slotOf from 'cluster-key-slot'
import { Failure } from '../../../domain/failures/failure.ts'
import { escapeGlob } from '../../../domain/redis/glob.ts'
import type { QueueChange, RedisMode } from '../../../ports/redis.ts'
import { ReplyError } from '../connection/resp.ts'
import { isAside, markOf, partIn, partOf } from '../queues/queue-keys.ts'
import { queuePatterns } from './broken-off.ts'
import type { CommandRouter } from './command-router.ts'
import { eachOfQueues, findQueuesWithin } from './each-of-queues.ts'
import { type Queue, queuesToRestore, type Selection } from './selection.ts'
import { numberOf } from './tally.ts'

/**
 * Parts that BullMQ creates when an application connects, before the first job. A queue with only these parts does not
 * count as existing.
 */
const bookkeeping = ['meta', 'stalled-check', 'events', 'marker']

/**
 * Finds the keys of the queues in the target, and decides the outcome for each queue. Changes nothing in the target.
 */
export async function findQueues(out: CommandRouter, selection: Selection, mode: RedisMode): Promise<void> {
  const unfinished = new Set<Queue>()
  await findQueuesWithin(out, selection)
  await eachOfQueues(out, selection, mode, (found) => {
    for (const { queue, key, isOwn } of found) {
      if (isOwn) {
        queue.own.add(partIn(queue, key))
        continue
      }
      queue.keysInTarget += 1
      if (isAside(partIn(queue, key))) unfinished.add(queue)
      if (!bookkeeping.some((part) => key.equals(partOf(queue, part)))) queue.hasHadJobs = true
    }
  })
  if (mode === 'merge') requireFinished([...unfinished])
  if (mode !== 'flush-first' || selection.removes) await requireHashes(out, selection)
  for (const queue of queuesToRestore(selection)) {
    if (!queue.hasPaused && pausesInPlace(queue.print)) queue.movesWaitToPaused = false
    if (queue.hasHadJobs) queue.outcome = mode === 'merge' ? 'kept' : 'replaced'
    if (out.servers.cluster && slotOf(partOf(queue, 'wait')) !== slotOf(partOf(queue, 'paused'))) {
      queue.movesWaitToPaused = false
      queue.inOneSlot = false
    }
  }
}

/** Refuses a merge with incomplete queues that an interrupted restore has left: a merge would keep them as they are. */
function requireFinished(unfinished: readonly Queue[]): void {
  if (unfinished.length === 0) return
  const names = unfinished.slice(0, 5).map(({ key }) => key)
  throw new Failure(
    'redis/queue-unfinished',
    `an interrupted restore has left queues incomplete: ${names.join(', ')}`,
    {
      hint: `Restore them again with --mode replace ${queuePatterns(unfinished)}. This also removes jobs that were added to them since.`,
    },
  )
}

/**
 * Throws `redis/queue-conflict` before any change if a key named like the hash of a queue is not a hash: it is the
 * application's.
 */
async function requireHashes(out: CommandRouter, selection: Selection): Promise<void> {
  for (const queue of queuesToRestore(selection)) {
    const meta = partOf(queue, 'meta')
    const reply = await out.askAt(out.servers.placeOf(meta), queue.database, 'HEXISTS', meta, 'paused')
    if (!(reply instanceof ReplyError)) continue
    if (!reply.message.startsWith('WRONGTYPE')) throw reply
    throw new Failure(
      'redis/queue-conflict',
      `could not restore queue ${queue.key}: ${queue.key}:meta exists and is not a hash`,
      {
        hint: 'Rename or remove that key, or exclude the queue with --redis-pattern.',
      },
    )
  }
}

/** Since BullMQ 6, jobs of a paused queue stay in `wait`, where BullMQ expects them. */
function pausesInPlace({ version }: Queue['print']): boolean {
  return Number(/^bullmq(?:-pro)?:(\d+)\./.exec(version ?? '')?.[1] ?? 0) >= 6
}

/** Pauses the queues and marks them as incomplete: no worker takes their jobs, and no merge keeps them as complete. */
export async function pauseQueues(out: CommandRouter, selection: Selection): Promise<void> {
  for (const queue of queuesToRestore(selection)) {
    const [mark, meta, marker] = [markOf(queue), partOf(queue, 'meta'), partOf(queue, 'marker')]
    out.command(mark, queue.database, ['HSET', mark, 'unfinished', '1'])
    out.command(meta, queue.database, ['HSET', meta, 'paused', '1'])
    out.command(marker, queue.database, ['DEL', marker])
    await out.flushFull()
  }
  await out.finish()
}

/** The outcome of each queue. Asks the server whether it is paused now. */
export async function queueChanges(out: CommandRouter, selection: Selection): Promise<QueueChange[]> {
  const changes: QueueChange[] = []
  for (const queue of selection.queues) {
    const { outcome, print, database } = queue
    if (outcome === 'left-out') continue
    const meta = partOf(queue, 'meta')
    const pausedNow = numberOf(await out.ask(meta, database, 'HEXISTS', meta, 'paused')) > 0
    changes.push({ ...print, database, outcome, pausedNow })
  }
  return changes
}

/** The planned outcome of each queue. */
export async function plannedQueueChanges(
  out: CommandRouter,
  selection: Selection,
  resume: boolean,
): Promise<QueueChange[]> {
  const now = await queueChanges(out, selection)
  return now.map((change) => (change.outcome === 'kept' ? change : { ...change, pausedNow: change.paused || !resume }))
}

/** Sentences about queues and keys that are not restored, and about resuming queues. */
export function queueNotes(selection: Selection): string[] {
  const { queues } = selection
  const marked = queuesToRestore(selection).length > 0 ? [markerNote] : []
  const other = queues.filter(({ selected }) => selected === 0).map(({ key }) => key)
  const unnamed =
    marked.length > 0 && other.length > 0
      ? [
          `Queues that no pattern matches are not restored: ${other.slice(0, 10).join(', ')}${other.length > 10 ? ' …' : ''}.`,
        ]
      : []
  return [...marked, ...unnamed, ...resumeNotes(selection), ...notesOfQueues(queues)]
}

const markerNote = 'The key marker of each queue, which only wakes workers, is not restored; BullMQ creates it again.'

/** The resume of BullMQ 5 replaces the waiting jobs with those that became due while the queue was paused. */
function resumeNotes(selection: Selection): string[] {
  const keys = queuesToRestore(selection).flatMap(({ print, key }) => (pausesInPlace(print) ? [key] : []))
  if (keys.length === 0) return []
  const some = `${keys.slice(0, 10).join(', ')}${keys.length > 10 ? ' …' : ''}`
  return [`Resume these queues with BullMQ 6 or newer, because the resume of BullMQ 5 can lose jobs: ${some}`]
}

function notesOfQueues(queues: Selection['queues']): string[] {
  return queues.flatMap(({ outcome, key, keys, selected, keysInTarget }) => {
    if (outcome === 'kept') {
      return [
        `Queue ${key} is not restored, because ${keysInTarget} of its keys exist. To replace the whole queue: --mode replace --redis-pattern '${escapeGlob(key)}:*'.`,
      ]
    }
    if (outcome !== 'left-out' || selected === 0) return []
    return [
      `Queue ${key} is not restored, because only ${selected} of its ${keys} keys match. To restore the whole queue: --redis-pattern '${escapeGlob(key)}:*'.`,
    ]
  })
}
