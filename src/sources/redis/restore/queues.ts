// BullMQ queues as a whole: what of them is in the target, standing still while they are restored, and what they are afterwards.
import slotOf from 'cluster-key-slot'
import { Failure } from '../../../domain/failure.ts'
import { escapeGlob } from '../../../domain/redis/glob.ts'
import { openJobs } from '../../../domain/redis/redis-print.ts'
import type { QueueChange, RedisMode } from '../../../operations/redis-ports.ts'
import { ReplyError } from '../resp.ts'
import type { Out } from './out.ts'
import type { Expected } from './pipe.ts'
import { isHeld, partOf, waitingPlace } from './queue-places.ts'
import { scanKeys } from './scan.ts'
import type { Queue, Selection } from './selection.ts'
import { anything, numberOf, type Tally } from './tally.ts'

/** Queues that are restored, or would be. */
export function comingBack({ queues }: Selection): Queue[] {
  return queues.filter(({ outcome }) => outcome === 'added' || outcome === 'replaced')
}

/** What an application that merely connects makes, before there was ever a job: a queue of nothing else is not there. */
const bookkeeping = ['meta', 'stalled-check', 'events', 'marker']

/** Looks for keys of the queues in the target, and decides what becomes of them. Changes nothing. */
export async function lookForQueues(out: Out, selection: Selection, mode: RedisMode): Promise<void> {
  await findQueuesWithin(out, selection)
  await eachKey(out, selection, (queue, key) => {
    queue.there += 1
    if (!bookkeeping.some((part) => key.equals(partOf(queue, part)))) queue.used = true
  })
  if (mode !== 'flush-first' || selection.removes) await requireHashes(out, selection)
  for (const queue of comingBack(selection)) {
    if (!queue.hasPaused && pausesInPlace(queue.print)) queue.holds = false
    if (queue.used) queue.outcome = mode === 'merge' ? 'kept' : 'replaced'
    if (out.servers.cluster && slotOf(partOf(queue, 'wait')) !== slotOf(partOf(queue, 'paused'))) queue.holds = false
  }
}

/** A queue whose prefix is the name of another is no part of that: it is known by its own `meta`. */
async function findQueuesWithin(out: Out, selection: Selection): Promise<void> {
  await eachKey(out, selection, (queue, key) => {
    const own = Buffer.byteLength(queue.key) + 1
    if (key.length > own + metaEnd.length && key.subarray(-metaEnd.length).equals(metaEnd))
      queue.within.add(key.toString('latin1', 0, key.length - metaEnd.length + 1))
  })
}

const metaEnd = Buffer.from(':meta')

/** What is called like the hash of a queue and is none is the application's own: refused before anything changes. */
async function requireHashes(out: Out, selection: Selection): Promise<void> {
  for (const queue of comingBack(selection)) {
    const meta = partOf(queue, 'meta')
    const type = String(await out.ask(meta, queue.database, 'TYPE', meta))
    if (type === 'hash' || type === 'none') continue
    throw new Failure('redis/queue-conflict', `could not restore queue ${queue.key}: ${queue.key}:meta exists as a ${type}`, {
      hint: 'Rename or remove that key, or exclude the queue with --redis-pattern.',
    })
  }
}

/** From BullMQ 6 on jobs stay in `wait` while their queue is paused, and are looked for there. */
function pausesInPlace({ version }: Queue['print']): boolean {
  return Number(/^bullmq(?:-pro)?:(\d+)\./.exec(version ?? '')?.[1] ?? 0) >= 6
}

/** From here on no worker takes a job of them. */
export async function holdQueues(out: Out, selection: Selection): Promise<void> {
  for (const queue of comingBack(selection)) {
    const [meta, marker] = [partOf(queue, 'meta'), partOf(queue, 'marker')]
    out.command(meta, queue.database, ['HSET', meta, 'paused', '1'])
    out.command(marker, queue.database, ['DEL', marker])
    await out.flushFull()
  }
  await out.finish()
}

/**
 * What is there of queues that are replaced goes, but for what holds them: the hash that says that they are paused, which is replaced at
 * once, and the counter of job ids.
 */
export async function removeQueues(out: Out, selection: Selection, tally: Tally, mode: RedisMode): Promise<void> {
  const replaced = selection.queues.filter(({ outcome }) => outcome === 'replaced')
  if (replaced.length === 0 || (mode === 'flush-first' && !selection.removes)) return
  if (mode === 'replace') for (const { database, there } of replaced) tally.of(database).removed += there
  await eachKey(out, selection, (queue, key) => {
    if (queue.outcome !== 'replaced' || isHeld(queue, key)) return
    const { database } = queue
    out.command(key, database, ['UNLINK', key], mode === 'replace' ? anything : new Removed(tally, database))
  })
}

/** The reply of UNLINK. */
export class Removed implements Expected {
  readonly #tally: Tally
  readonly #database: number

  constructor(tally: Tally, database: number) {
    this.#tally = tally
    this.#database = database
  }

  take(reply: Parameters<typeof numberOf>[0]): void {
    this.#tally.of(this.#database).removed += numberOf(reply)
  }
}

async function eachKey(out: Out, selection: Selection, work: (queue: Queue, key: Buffer) => void): Promise<void> {
  const places = new Map(
    comingBack(selection).map(({ database, print: { prefix } }) => [`${database} ${prefix}`, { database, prefix }]),
  )
  for (const { database, prefix } of places.values()) {
    await scanKeys(out, database, Buffer.from(`${escapeGlob(prefix)}:*`), (keys) => {
      for (const key of keys) {
        const queue = selection.queueOfTarget(database, key)
        if (queue?.print.prefix === prefix && !isWithin(queue, key)) work(queue, key)
      }
    })
  }
}

function isWithin({ within }: Queue, key: Buffer): boolean {
  if (within.size === 0) return false
  const name = key.toString('latin1')
  return [...within].some((beginning) => name.startsWith(beginning))
}

/** All keys are in: jobs of `wait` that were kept aside get to their place, and with `resume` queues that were not paused go on. */
export async function completeQueues(out: Out, selection: Selection, resume: boolean): Promise<void> {
  for (const queue of comingBack(selection)) {
    if (queue.print.paused) continue
    if (resume) await resumeQueue(out, queue)
    else if (queue.holds && queue.hasWait && queue.hasPaused)
      await append(out, queue, waitingPlace(queue), partOf(queue, 'paused'))
  }
}

/** The jobs of one list before those of another, which are taken later. Without an instant in which they are nowhere. */
async function append(out: Out, { database }: Queue, from: Buffer, to: Buffer): Promise<void> {
  const jobs = numberOf(await out.ask(from, database, 'LLEN', from))
  for (let job = 0; job < jobs; job += 1) {
    out.command(from, database, ['RPOPLPUSH', from, to])
    if (job % 1000 === 0) await out.flushFull()
  }
  await out.finish()
}

const attempts = 20

/** As BullMQ's resume: at one stroke. Jobs that came meanwhile are taken after those of the backup. */
async function resumeQueue(out: Out, queue: Queue): Promise<void> {
  const { database, print } = queue
  const [meta, marker, wait] = [partOf(queue, 'meta'), partOf(queue, 'marker'), partOf(queue, 'wait')]
  const aside = queue.holds && queue.hasWait ? waitingPlace(queue) : undefined
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (aside) {
      await out.ask(wait, database, 'WATCH', wait)
      if (numberOf(await out.ask(wait, database, 'EXISTS', wait)) > 0) {
        await out.ask(wait, database, 'UNWATCH')
        await append(out, queue, wait, aside)
        continue
      }
    }
    const commands = [
      ['HDEL', meta, 'paused'],
      ...(aside ? [['RENAME', aside, wait]] : []),
      ...(openJobs(print) > 0 ? [['ZADD', marker, '0', '0']] : []),
    ]
    if (!aside) {
      for (const command of commands) await out.ask(command[1] as Buffer, database, ...command)
      return
    }
    await out.ask(wait, database, 'MULTI')
    for (const command of commands) await out.ask(wait, database, ...command)
    const done = await out.ask(wait, database, 'EXEC')
    if (!Array.isArray(done)) continue // somebody added a job
    const error = done.find((reply) => reply instanceof ReplyError)
    if (error) throw error
    return
  }
}

/** What became of each; asks whether they are paused now. */
export async function queueChanges(out: Out, selection: Selection): Promise<QueueChange[]> {
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

/** What would become of each. */
export async function plannedQueueChanges(out: Out, selection: Selection, resume: boolean): Promise<QueueChange[]> {
  const now = await queueChanges(out, selection)
  return now.map((change) => (change.outcome === 'kept' ? change : { ...change, pausedNow: change.paused || !resume }))
}

/** Sentences about queues that are not restored. */
export function queueNotes(selection: Selection): string[] {
  const { queues } = selection
  const marked = comingBack(selection).length > 0 ? [markerNote] : []
  const other = queues.filter(({ selected }) => selected === 0).map(({ key }) => key)
  const unnamed =
    marked.length > 0 && other.length > 0
      ? [`Queues that no pattern matches are not restored: ${other.slice(0, 10).join(', ')}${other.length > 10 ? ' …' : ''}.`]
      : []
  return [...marked, ...unnamed, ...notesOfQueues(queues)]
}

const markerNote = 'The key marker of each queue, which only wakes workers, is not restored; BullMQ creates it again.'

function notesOfQueues(queues: Selection['queues']): string[] {
  return queues.flatMap(({ outcome, key, keys, selected, there }) => {
    if (outcome === 'kept') {
      return [
        `Queue ${key} is not restored, because ${there} of its keys exist. To replace the whole queue: --mode replace --redis-pattern '${escapeGlob(key)}:*'.`,
      ]
    }
    if (outcome !== 'left-out' || selected === 0) return []
    return [
      `Queue ${key} is not restored, because only ${selected} of its ${keys} keys match. To restore the whole queue: --redis-pattern '${escapeGlob(key)}:*'.`,
    ]
  })
}
