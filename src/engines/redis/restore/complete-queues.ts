// Completes restored queues: merges restored lists with jobs that producers added, and resumes queues if requested.
import { Failure } from '../../../domain/failures/failure.ts'
import { openJobs } from '../../../domain/redis/redis-fingerprint.ts'
import { type CommandPart, ReplyError } from '../connection/resp.ts'
import { asideOf, markOf, partOf, sharedLists, sharedSets } from '../queues/queue-keys.ts'
import type { CommandRouter } from './command-router.ts'
import { type Queue, queuesToRestore, type Selection } from './selection.ts'
import { numberOf } from './tally.ts'
import { allOf, transaction } from './transaction.ts'

/** `resume`: also resumes queues that were not paused in the backup. */
export async function completeQueues(out: CommandRouter, selection: Selection, resume: boolean): Promise<void> {
  for (const queue of queuesToRestore(selection)) {
    const goesOn = resume && !queue.print.paused
    if (queue.inOneSlot) await join(out, queue, goesOn)
    if (goesOn) await resumeQueue(out, queue)
    const mark = markOf(queue)
    await out.ask(mark, queue.database, 'UNLINK', mark)
  }
}

async function join(out: CommandRouter, queue: Queue, goesOn: boolean): Promise<void> {
  await leaveToProducers(out, queue)
  for (const part of sharedSets) await joinSet(out, queue, part)
  const [wait, paused] = [asideOf(queue, 'wait'), asideOf(queue, 'paused')]
  if (!queue.movesWaitToPaused) {
    await joinList(out, queue, wait, partOf(queue, 'wait'))
    await joinList(out, queue, paused, partOf(queue, 'paused'))
  } else if (goesOn) await joinList(out, queue, paused, partOf(queue, 'paused'))
  else {
    // If both lists have jobs, the order is the same as after BullMQ's pause: jobs of `wait` run later.
    if (queue.hasWait && queue.hasPaused) await append(out, queue, wait, paused)
    await joinList(out, queue, queue.hasPaused ? paused : wait, partOf(queue, 'paused'))
  }
}

/** If a producer reused the ID of a restored job, keeps only the state of the producer's job. */
async function leaveToProducers(out: CommandRouter, queue: Queue): Promise<void> {
  const { database, newer } = queue
  const lists = [...sharedLists.map((part) => asideOf(queue, part)), partOf(queue, 'active')]
  const sets = [...sharedSets.map((part) => asideOf(queue, part)), partOf(queue, 'completed'), partOf(queue, 'failed')]
  for (const id of newer) {
    const job = Buffer.from(id, 'latin1')
    for (const list of lists) out.command(list, database, ['LREM', list, 0, job])
    for (const set of sets) out.command(set, database, ['ZREM', set, job])
    await out.flushFull()
  }
  await out.finish()
}

async function joinSet(out: CommandRouter, queue: Queue, part: string): Promise<void> {
  const [from, to] = [asideOf(queue, part), partOf(queue, part)]
  if (await renamed(out, queue, from, to)) return
  await out.ask(to, queue.database, 'ZUNIONSTORE', to, 2, to, from, 'AGGREGATE', 'MAX')
  await out.ask(from, queue.database, 'UNLINK', from)
}

const attempts = 20
/** Jobs moved in one transaction, and the number of new jobs that may arrive before it. */
const [mostAtOnce, margin] = [1000, 100]

/** Jobs that producers added run after those of the backup. */
async function joinList(out: CommandRouter, queue: Queue, from: Buffer, to: Buffer): Promise<void> {
  if (await renamed(out, queue, from, to)) return
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const moves = await gather(out, queue, [to], from)
    const replies = await allOf(out, to, queue.database, [...moves, ['RENAMENX', from, to]])
    if (replies.at(-1) === 1) return
  }
  throw tooBusy(queue)
}

/** Tries to rename. Returns whether no merge is needed: no job was added, or none was restored. */
async function renamed(out: CommandRouter, { database }: Queue, from: Buffer, to: Buffer): Promise<boolean> {
  if (numberOf(await out.ask(from, database, 'EXISTS', from)) === 0) return true
  return numberOf(await out.ask(to, database, 'RENAMENX', from, to)) === 1
}

/** Moves the jobs of long lists, and returns the commands that move the rest and newly added jobs. */
async function gather(
  out: CommandRouter,
  queue: Queue,
  lists: readonly Buffer[],
  to: Buffer,
): Promise<CommandPart[][]> {
  const moves: CommandPart[][] = []
  for (const list of lists) {
    let left = numberOf(await out.ask(list, queue.database, 'LLEN', list))
    if (left > mostAtOnce) {
      await append(out, queue, list, to)
      left = 0
    }
    for (let move = 0; move < left + margin; move += 1) moves.push(['RPOPLPUSH', list, to])
  }
  return moves
}

/** Moves the jobs of `from` to `to`, where they run after the others. No job is missing at any moment. */
async function append(out: CommandRouter, { database }: Queue, from: Buffer, to: Buffer): Promise<void> {
  const jobs = numberOf(await out.ask(from, database, 'LLEN', from))
  for (let job = 0; job < jobs; job += 1) {
    out.command(from, database, ['RPOPLPUSH', from, to])
    if (job % 1000 === 0) await out.flushFull()
  }
  await out.finish()
}

/** Resumes atomically, as BullMQ does. Jobs that producers added run after those of the backup. */
async function resumeQueue(out: CommandRouter, queue: Queue): Promise<void> {
  const { database, print, movesWaitToPaused, hasPaused, inOneSlot } = queue
  const [meta, marker, wait] = [partOf(queue, 'meta'), partOf(queue, 'marker'), partOf(queue, 'wait')]
  const goOn = [['HDEL', meta, 'paused'], ...(openJobs(print) > 0 ? [['ZADD', marker, '0', '0']] : [])]
  if (!inOneSlot || !movesWaitToPaused) {
    for (const command of goOn) await out.ask(command[1] as Buffer, database, ...command)
    return
  }
  const aside = asideOf(queue, 'wait')
  const lists = [...(hasPaused ? [] : [partOf(queue, 'paused')]), wait]
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const moves = await gather(out, queue, lists, aside)
    const replies = await transaction(out, wait, database, [...moves, ['RENAMENX', aside, wait], ...goOn])
    const isIn = replies[moves.length]
    const error = replies.find((reply) => reply instanceof ReplyError && !(reply === isIn && isMissing(reply)))
    if (error) throw error
    if (isIn !== 0) return
  }
  throw tooBusy(queue)
}

/** Whether the error reply means that the list was empty. */
function isMissing({ message }: ReplyError): boolean {
  return /no such key/.test(message)
}

function tooBusy({ key }: Queue): Failure {
  return new Failure('redis/queue-conflict', `could not complete queue ${key}: producers keep adding jobs`, {
    hint: 'Stop the producers first.',
  })
}
