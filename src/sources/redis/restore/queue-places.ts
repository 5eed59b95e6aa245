// Where a key of a BullMQ queue is restored to, so that no worker takes a job before somebody says so, and no job of a producer is lost.
//
// BullMQ's workers wait for `marker`, or (before BullMQ 5) for a job in `wait` itself, and take none while `meta` has the field `paused`. So that
// field is there before the first job is, and there is no `marker`. Producers add to lists and sorted sets meanwhile: those of the backup wait under
// names of their own, and are joined with them at the end. A job whose key has appeared meanwhile is a producer's, who gave it the id: it is kept.
import { asideOf, isShared, partIn, partOf } from './queue-keys.ts'
import type { Queue } from './selection.ts'

export interface Place {
  readonly name: Buffer
  readonly database: number
  /** Replaces what may have come meanwhile under this name. */
  readonly replace: boolean
  /** It is the hash that says that the queue is paused: it must say so from its first moment on. */
  readonly pause: boolean
  /** Of a queue that comes back as a whole. */
  readonly queue?: Queue
}

/** undefined for what must not be restored. `isHash`: it may be a job. */
export function placeInQueue(key: Buffer, queue: Queue, isHash: boolean): Place | undefined {
  const { database } = queue
  const part = partIn(queue, key)
  if (part === 'marker' || isCounter(queue, part)) return undefined
  if (queue.own.has(part)) return { name: key, database, replace: false, pause: false }
  if (isShared(part) && queue.together) return { name: asideOf(queue, part), database, replace: true, pause: false, queue }
  const isMeta = part === 'meta'
  return { name: key, database, replace: isMeta || !isHash, pause: isMeta && !queue.print.paused, queue }
}

/** Whether it is the counter of job ids, which came back before everything else. */
function isCounter(queue: Queue, part: string): boolean {
  return part === 'id' && bringsCounter(queue)
}

/** Whether the backup has a counter that is raised, instead of coming back with the other keys. */
export function bringsCounter(queue: Queue): boolean {
  return queue.counter !== undefined && leastCounter(queue) > 0
}

/** What the counter must be at least; 0: no id of a job is a number. */
export function leastCounter({ counter = 0, highestId }: Queue): number {
  return Math.max(counter, highestId)
}

/** Whether the key must not be removed while the queue comes back: the hash that says that it is paused, and the counter. */
export function isHeld(queue: Queue, key: Buffer): boolean {
  return key.equals(partOf(queue, 'meta')) || (leastCounter(queue) > 0 && key.equals(partOf(queue, 'id')))
}
