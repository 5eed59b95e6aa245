// The keys that BullMQ makes for a queue, told from others whose names begin alike.
import type { Queue } from './selection.ts'

/** Lists of ids of jobs that producers add to. */
export const sharedLists = ['wait', 'paused'] as const
/** Sorted sets of ids that producers add to. */
export const sharedSets = ['delayed', 'prioritized', 'waiting-children', 'repeat'] as const

const shared: readonly string[] = [...sharedLists, ...sharedSets]

/** What is restored to stand beside what producers add to meanwhile. */
const asideEnd = '-of-backup'

/** What else names jobs: without these no job has a state. */
const states = [...shared, ...shared.map((part) => part + asideEnd), 'active', 'completed', 'failed', 'priority', 'stalled']

const others = ['', 'de', 'events', 'id', 'limiter', 'marker', 'meta', 'pc', 'stalled-check']

const known = new Set([...states, ...others])

/** Of jobs, of schedulers, of metrics, and what BullMQ Pro adds. */
const shape = /^(de|repeat|metrics|limiter|groups)(:|$)|^groups-|:(lock|logs|dependencies|processed|failed|unsuccessful)$/

/** The key of one part of a queue. */
export function partOf({ key }: Queue, part: string): Buffer {
  return Buffer.from(`${key}:${part}`)
}

/** The part that a key of the queue is, as the characters of its bytes. */
export function partIn({ key }: Queue, name: Buffer): string {
  return name.toString('latin1', Buffer.byteLength(key) + 1)
}

/** Where a part waits until the queue is complete. */
export function asideOf(queue: Queue, part: string): Buffer {
  return partOf(queue, part + asideEnd)
}

export function isShared(part: string): boolean {
  return shared.includes(part)
}

/** Keys that hold ids of jobs. */
export function statesOf(queue: Queue): Buffer[] {
  return states.map((part) => partOf(queue, part))
}

export function isState(part: string): boolean {
  return states.includes(part)
}

/** Whether the name alone tells that it is BullMQ's. What else there is may be a job, or a key of the application's own. */
export function isOfQueue(part: string): boolean {
  return known.has(part) || shape.test(part)
}

/** Jobs have it, whatever their id. */
export const fieldOfJobs = 'timestamp'

/** The id of the job that a key is about; undefined: none that is a number. */
export function numberOfJob(part: string): number | undefined {
  const digits = /^\d{1,15}(?=:|$)/.exec(part)?.[0]
  return digits === undefined ? undefined : Number(digits)
}
