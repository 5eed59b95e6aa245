// Target names for keys of BullMQ queues, so that no worker takes a job before the queue is resumed and no job of a
// producer is lost.
//
// BullMQ's workers wait for `marker`, or (before BullMQ 5) for a job in `wait` itself, and take none while `meta` has
// the field `paused`. The restore therefore sets that field before the first job, and writes no `marker`. Producers can
// add to lists and sorted sets, so those of the backup are restored under temporary names and merged at the end. If a
// job key already exists, a producer chose that ID: its job is kept.
import { asideOf, isShared, markOf, partIn, partOf } from '../queues/queue-keys.ts'
import type { Queue } from './selection.ts'

export interface Place {
  readonly name: Buffer
  readonly database: number
  /** Whether an existing key of this name is replaced. */
  readonly replace: boolean
  /** Whether this is the `meta` hash and needs the field `paused` in the same transaction as its restore. */
  readonly pause: boolean
  /** Set for keys of a queue that is restored completely. */
  readonly queue?: Queue
}

/** Returns the target name of a key; undefined if the key must not be restored. `isHash`: the key can be a job. */
export function placeInQueue(key: Buffer, queue: Queue, isHash: boolean): Place | undefined {
  const { database } = queue
  const part = partIn(queue, key)
  if (part === 'marker' || isCounter(queue, part)) return undefined
  if (queue.own.has(part)) return { name: key, database, replace: false, pause: false }
  if (isShared(part) && queue.inOneSlot)
    return { name: asideOf(queue, part), database, replace: true, pause: false, queue }
  const isMeta = part === 'meta'
  return { name: key, database, replace: isMeta || !isHash, pause: isMeta && !queue.print.paused, queue }
}

/** Whether the key is the job ID counter, which is restored before all other keys. */
function isCounter(queue: Queue, part: string): boolean {
  return part === 'id' && restoresCounter(queue)
}

/** Whether the backup has a counter that is raised instead of being restored with the other keys. */
export function restoresCounter(queue: Queue): boolean {
  return queue.counter !== undefined && leastCounter(queue) > 0
}

/** Minimum value of the counter; 0 if no job ID is a number. */
export function leastCounter({ counter = 0, highestId }: Queue): number {
  return Math.max(counter, highestId)
}

/**
 * Whether the key must not be removed while the queue is restored: the `meta` hash that pauses it, its counter, and the
 * mark of an incomplete queue.
 */
export function mustStay(queue: Queue, key: Buffer): boolean {
  if (key.equals(partOf(queue, 'meta')) || key.equals(markOf(queue))) return true
  return leastCounter(queue) > 0 && key.equals(partOf(queue, 'id'))
}
