// Where a key of a BullMQ queue is restored to, so that no worker takes a job before somebody says so.
//
// BullMQ's workers wait for `marker`, or (before BullMQ 5) for a job in `wait` itself, and take none while `meta` has the field `paused`. So that
// field is there before the first job is, `wait` of a queue of BullMQ 5 and older comes back under the name `paused`, as these have it (from BullMQ 6 on it
// stays where it is), and there is no `marker`. Every BullMQ brings the jobs in `paused` back into `wait`, in their order, and makes a `marker` by its own `resume`.
import type { Queue } from './selection.ts'

export interface Place {
  readonly name: Buffer
  readonly database: number
  /** Replaces what may have come meanwhile under this name. */
  readonly replace: boolean
  /** It is the hash that says that the queue is paused: it must say so from its first moment on. */
  readonly pause: boolean
}

/** Where `wait` waits in a queue that has jobs in `paused` besides, until both are joined. */
export const asideName = 'wait-of-backup'

/** undefined for what must not be restored. */
export function placeInQueue(key: Buffer, queue: Queue): Place | undefined {
  const { database, holds } = queue
  const part = key.subarray(Buffer.byteLength(queue.key) + 1).toString('latin1')
  if (part === 'marker' || isCounter(queue, part)) return undefined
  const name = part === 'wait' && holds ? waitingPlace(queue) : key
  return { name, database, replace: true, pause: part === 'meta' && !queue.print.paused }
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

/** Where the jobs of `wait` are until the queue is complete. */
export function waitingPlace(queue: Queue): Buffer {
  return partOf(queue, queue.hasPaused ? asideName : 'paused')
}

/** The key of one part of a queue. */
export function partOf({ key }: Queue, part: string): Buffer {
  return Buffer.from(`${key}:${part}`)
}
