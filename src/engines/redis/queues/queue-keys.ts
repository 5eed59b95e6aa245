// Recognizes the keys of a BullMQ queue among keys with the same prefix.
import type { Queue } from '../restore/selection.ts'

/** Lists of job IDs that producers add to. */
export const sharedLists = ['wait', 'paused'] as const
/** Sorted sets of job IDs that producers add to. */
export const sharedSets = ['delayed', 'prioritized', 'waiting-children', 'repeat'] as const

const shared: readonly string[] = [...sharedLists, ...sharedSets]

/** Suffix of restored parts that are merged with the parts that producers add to. */
const asideEnd = '-of-backup'

/** The part that exists from the first change of a queue until the queue is complete. */
const unfinished = `unfinished${asideEnd}`

/** All parts that contain job states. */
const states = [
  ...shared,
  ...shared.map((part) => part + asideEnd),
  'active',
  'completed',
  'failed',
  'priority',
  'stalled',
]

const others = ['', 'de', 'events', 'id', 'limiter', 'marker', 'meta', 'pc', 'stalled-check', unfinished]

/** Parts of which a queue has at most one key each, whatever the states of its jobs. */
export const knownParts: ReadonlySet<string> = new Set([...states, ...others])

/** Key suffixes of jobs, schedulers, metrics and BullMQ Pro. */
const shape =
  /^(de|repeat|metrics|limiter|groups)(:|$)|^groups-|:(lock|logs|dependencies|processed|failed|unsuccessful)$/

/** Returns the key of one part of a queue. */
export function partOf({ key }: Queue, part: string): Buffer {
  return Buffer.from(`${key}:${part}`)
}

/** Returns the part of a queue key, with one character per byte. */
export function partIn({ key }: Queue, name: Buffer): string {
  return name.toString('latin1', Buffer.byteLength(key) + 1)
}

/** Returns the temporary key of a restored part until the queue is complete. */
export function asideOf(queue: Queue, part: string): Buffer {
  return partOf(queue, part + asideEnd)
}

/** The key that marks a queue as incomplete. */
export function markOf(queue: Queue): Buffer {
  return partOf(queue, unfinished)
}

/** Whether an interrupted restore has left a key. */
export function isAside(part: string): boolean {
  if (part === unfinished) return true
  return part.endsWith(asideEnd) && isShared(part.slice(0, -asideEnd.length))
}

export function isShared(part: string): boolean {
  return shared.includes(part)
}

/** Keys that contain job IDs. */
export function statesOf(queue: Queue): Buffer[] {
  return states.map((part) => partOf(queue, part))
}

export function isState(part: string): boolean {
  return states.includes(part)
}

/** Whether the name alone identifies a BullMQ key. Any other key can be a job or an application key. */
export function isOfQueue(part: string): boolean {
  return knownParts.has(part) || shape.test(part)
}

/** A field that every job has. */
export const fieldOfJobs = 'timestamp'

/** Returns the numeric job ID in a key; undefined if there is none. */
export function numberOfJob(part: string): number | undefined {
  const digits = /^\d{1,15}(?=:|$)/.exec(part)?.[0]
  return digits === undefined ? undefined : Number(digits)
}

/** Returns the custom job ID in a key, with one character per byte; undefined if there is none. */
export function customIdIn(part: string): string | undefined {
  if (knownParts.has(part) || /^(de|metrics|limiter|groups)(:|$)|^groups-/.test(part)) return undefined
  if (numberOfJob(part) !== undefined) return undefined
  return part.replace(/:(lock|logs|dependencies|processed|failed|unsuccessful)$/, '')
}
