// Reads the states of BullMQ jobs in one transaction, after the jobs. If they were read key by key, a job that changes
// its state during the scan would be in two lists, or in none.
import slotOf from 'cluster-key-slot'
import type { RawConnection } from '../connection/connect.ts'
import { isForbidden } from '../connection/errors.ts'
import { type CommandPart, encodeCommands, InvalidReply, type Reply, ReplyError } from '../connection/resp.ts'
import { elementsOf } from '../rdb/hash-fields.ts'
import { type DumpedKey, valueIn } from '../rdb/writer.ts'
import { type Expiry, expiryOf } from './expiry.ts'
import type { QueueNames } from './queue-names.ts'

export interface QueueSnapshot {
  readonly names: QueueNames
  readonly expiry: Expiry
  /** Keys of a transaction must be in one slot. */
  readonly cluster: boolean
  /** Receives sentences about queues that may be inconsistent. */
  note(sentence: string): void
}

type Values = Map<string, DumpedKey & { readonly key: Buffer; readonly dump: Buffer }>

/** Maximum keys in a transaction, because the server serves no other client meanwhile. */
const mostAtOnce = 20_000
const attempts = 5

/** Yields every key once, including jobs that were added during the scan. */
export async function* queueSnapshot(
  connection: RawConnection,
  snapshot: QueueSnapshot,
): AsyncGenerator<DumpedKey & { readonly dump: Buffer }> {
  const { names, note } = snapshot
  if (!names.isComplete) note(tooMany)
  for (const group of groupsOf(names.together, snapshot)) {
    const { values, torn } = await steady(connection, group, snapshot)
    yield* values.values()
    if (torn.length > 0) note(tornNote(torn))
  }
}

const tooMany =
  'The queues of BullMQ have too many keys to compare their states with their jobs, so a job may be in two states, or in none.'

function tornNote(torn: readonly Buffer[]): string {
  const some = torn.slice(0, 5).map(String).join(', ')
  return `${torn.length} jobs are listed in queues of BullMQ, but have no data: ${some}${torn.length > 5 ? ' …' : ''}`
}

function groupsOf(names: readonly Buffer[], { cluster, note }: QueueSnapshot): Buffer[][] {
  const sorted = names.toSorted(Buffer.compare)
  const bySlot = Map.groupBy(sorted, (name) => (cluster ? slotOf(name) : 0))
  const groups: Buffer[][] = []
  for (const each of bySlot.values())
    for (let at = 0; at < each.length; at += mostAtOnce) groups.push(each.slice(at, at + mostAtOnce))
  if (groups.length > bySlot.size) note(severalTransactions)
  return groups
}

const severalTransactions = `The queues of BullMQ have more than ${mostAtOnce} keys besides jobs, so they were read in several transactions: a job that changed its state meanwhile may be in two states, or in none.`

interface Steady {
  readonly values: Values
  /** Jobs that are listed but have no data. */
  readonly torn: readonly Buffer[]
}

/** Reads states and the jobs that they list. A job can be removed in between: then the states are read again. */
async function steady(connection: RawConnection, group: readonly Buffer[], snapshot: QueueSnapshot): Promise<Steady> {
  const { names } = snapshot
  const wanted = new Map(group.map((key) => [key.toString('latin1'), key]))
  for (let attempt = 1; ; attempt += 1) {
    const values = await read(connection, [...wanted.values()], snapshot, true)
    if (!names.isComplete) return { values, torn: [] }
    const jobs = listedJobs(values, names)
    const more = jobs.flatMap(({ key }) => [key, ...ofJob.map((part) => Buffer.concat([key, part]))])
    const added = await read(
      connection,
      more.filter((key) => !values.has(key.toString('latin1')) && !names.has(key)),
      snapshot,
      false,
    )
    const torn = jobs.filter(({ key, isOpen }) => isOpen && !added.has(key.toString('latin1'))).map(({ key }) => key)
    const isSteady = torn.length === 0 && ![...added.keys()].some((key) => key.endsWith(':dependencies'))
    if (isSteady || attempt === attempts) return { values: new Map([...values, ...added]), torn }
    for (const key of more) if (!names.has(key)) wanted.set(key.toString('latin1'), key)
  }
}

/** Ends of the names of keys that belong to one job. */
const ofJob = [':dependencies', ':processed', ':failed', ':unsuccessful', ':logs'].map((end) => Buffer.from(end))

const openStates = ['wait', 'paused', 'active', 'delayed', 'prioritized', 'waiting-children']

/** Jobs and schedulers that are listed but were not read. Only an open job (`isOpen`) must have data. */
function listedJobs(values: Values, names: QueueNames): { readonly key: Buffer; readonly isOpen: boolean }[] {
  const found = new Map<string, { readonly key: Buffer; readonly isOpen: boolean }>()
  for (const [name, { key, dump }] of values) {
    const state = name.slice(name.lastIndexOf(':') + 1)
    const isOpen = openStates.includes(state)
    if (!isOpen && state !== 'repeat') continue
    const queue = Buffer.from(key.subarray(0, key.length - state.length))
    for (const id of elementsOf(dump[0] as number, valueIn(dump))) {
      if (isOpen && isMarker.test(id)) continue
      const part = isOpen ? id : `repeat:${id}`
      if (names.hasJob(queue, part)) continue
      const job = Buffer.concat([queue, Buffer.from(part)])
      if (!values.has(job.toString('latin1'))) found.set(job.toString('latin1'), { key: job, isOpen })
    }
  }
  return [...found.values()]
}

/** The marker, which is among the waiting jobs before BullMQ 5. */
const isMarker = /^0:\d+$/

/** Reads the keys that exist; with `inTransaction` in a transaction, if the user may use one. */
async function read(
  connection: RawConnection,
  keys: readonly Buffer[],
  { expiry, note }: QueueSnapshot,
  inTransaction: boolean,
): Promise<Values> {
  const values: Values = new Map()
  if (keys.length === 0) return values
  const commands = keys.flatMap((key): CommandPart[][] => [
    [expiry.command, key],
    ['DUMP', key],
  ])
  const replies = inTransaction
    ? await transaction(connection, commands, note)
    : await plain(connection, commands, commands.length)
  for (const [at, key] of keys.entries()) {
    const [time = null, dump = null] = replies.slice(2 * at, 2 * at + 2)
    if (dump instanceof ReplyError) throw dump
    if (dump !== null && !Buffer.isBuffer(dump)) throw new InvalidReply('DUMP')
    const expireAt = expiryOf(expiry, time)
    if (Buffer.isBuffer(dump) && expireAt !== 'gone') values.set(key.toString('latin1'), { key, expireAt, dump })
  }
  return values
}

async function plain(
  connection: RawConnection,
  commands: readonly (readonly CommandPart[])[],
  count: number,
): Promise<Reply[]> {
  await connection.send(encodeCommands(commands))
  const replies: Reply[] = []
  for (let reply = 0; reply < count; reply += 1) replies.push(await connection.readReply())
  return replies
}

/**
 * If MULTI or EXEC is refused, the commands run without a transaction. EXEC is tried first, without MULTI: if only EXEC
 * were refused, the connection would stay in the transaction.
 */
async function transaction(
  connection: RawConnection,
  commands: readonly (readonly CommandPart[])[],
  note: (sentence: string) => void,
): Promise<Reply[]> {
  const [exec = null] = await plain(connection, [['EXEC']], 1)
  if (isForbidden(exec)) {
    note(notTogether((exec as ReplyError).message))
    return plain(connection, commands, commands.length)
  }
  const all = [['MULTI'], ...commands, ['EXEC']]
  const [multi = null, ...replies] = await plain(connection, all, all.length)
  const result = replies.pop()
  if (multi instanceof ReplyError) {
    note(notTogether(multi.message))
    return replies
  }
  if (Array.isArray(result) && result.length === commands.length) return result
  const error = [...replies, result].find((reply) => reply instanceof ReplyError)
  throw error ?? new InvalidReply('EXEC')
}

function notTogether(said: string): string {
  return `The queues of BullMQ were not read in a transaction (ACL rules +multi +exec), so a job may be in two states, or in none: ${said}`
}
