// Compares observations: finds leftovers, and checks the state of live data.
import { type Contents, differingParts } from './checks/contents.ts'
import { wrongKeys } from './checks/redis.ts'
import { newDatabases, newObjects } from './checks/server.ts'
import { damaged, unfinished } from './checks/stores.ts'
import type { SoakCommand } from './commands/soak-command.ts'
import type { Observation } from './observe.ts'

/** A complete run: its duration and its changes. */
export interface Reference {
  readonly milliseconds: number
  readonly before: Observation
  readonly after: Observation
}

export interface Finding {
  /** Kind of leftover: process, temporary, database, role, store, … */
  readonly kind: string
  readonly text: string
}

const as = (kind: string, texts: readonly string[]): Finding[] => texts.map((text) => ({ kind, text }))

/** Returns everything that is new, allowed or not. */
export function leftovers(before: Observation, now: Observation): Finding[] {
  return [
    ...now.machine.map((text) => ({ kind: text.split(' ')[0] ?? '', text })),
    ...newObjects(before.server, now.server).map((text) => ({ kind: text.split(': ', 1)[0] ?? '', text })),
    ...as('connection to Redis', now.clients),
    ...as('object', unfinished(now.directory)),
    ...as('object in the bucket', unfinished(now.bucket)),
    ...abandonedDatabases(before, now),
  ]
}

function abandonedDatabases(before: Observation, now: Observation): Finding[] {
  const abandoned = newDatabases(before.server, now.server).filter(
    ({ role }) => role === 'restoring' || role === undefined,
  )
  return as(
    'database',
    abandoned.map(({ name, role }) => `${name} (${role ?? 'no mark'})`),
  )
}

/** Returns leftovers at the end; a complete result of the command is allowed. */
export function finalLeftovers(before: Observation, now: Observation, { after }: Reference): Finding[] {
  const results = new Set(after.server.databases.map(({ name }) => `${name} (no mark)`))
  return leftovers(before, now).filter(({ kind, text }) => kind !== 'database' || !results.has(text))
}

/** Returns data faults: a state that is neither before nor after the command, or changed stored bytes. */
export function wrongData(
  command: SoakCommand,
  before: Observation,
  now: Observation,
  reference: Reference,
): Finding[] {
  const keys = { before: reference.before.keys, after: reference.after.keys, now: now.keys }
  return [
    ...wrongDatabases(command, before, now, reference),
    ...as('keys', wrongKeys(command.changesRedis ?? 'nothing', keys)),
    ...as('damage', damaged(before.directory, now.directory, command.prunes)),
    ...as('damage', damaged(before.bucket, now.bucket, command.prunes)),
  ]
}

/** Returns faults after a complete run of the same command. */
export function notCompleted(now: Observation, { after }: Reference): Finding[] {
  const [expected, found] = [after.databases.get('shop'), now.databases.get('shop')]
  return [
    ...as(
      'not completed',
      expected && found ? differingParts(expected, found).map((part) => `shop: ${part}`) : ['no shop'],
    ),
    ...as(
      'not completed',
      differingParts(after.keys, now.keys).map((key) => `Redis: ${key}`),
    ),
  ]
}

function wrongDatabases(command: SoakCommand, before: Observation, now: Observation, reference: Reference): Finding[] {
  const unread = [...now.databases].flatMap(
    ([name, contents]) => contents.get('error')?.replace(/^/, `${name}: `) ?? [],
  )
  if (unread.length > 0) return as('unreadable database', unread)
  const live = now.databases.get('shop')
  if (!live) return [{ kind: 'live database', text: 'shop is gone' }]
  const states = [reference.before, ...(command.changesDatabase ? [reference.after] : [])].flatMap(
    ({ databases }) => databases.get('shop') ?? [],
  )
  const known = new Set(before.server.databases.map(({ name }) => name))
  const kept = newDatabases(before.server, now.server).filter(
    ({ name, role }) => role !== undefined && role !== 'restoring' && !known.has(name),
  )
  const [copy, expected] = [now.databases.get('copy'), reference.after.databases.get('copy')]
  return [
    ...as('copy', copy ? differingParts(copy, expected ?? new Map()) : []),
    ...oneOf(states, live).map((part) => ({ kind: 'live database', text: `neither as before nor as after: ${part}` })),
    ...kept.flatMap(({ name }) => {
      const wrong = oneOf(states.map(withoutAccess), withoutAccess(now.databases.get(name) ?? new Map()))
      return wrong.map((part) => ({ kind: 'kept database', text: `${name}: neither as before nor as after: ${part}` }))
    }),
  ]
}

/** Returns the parts that differ from the closest valid state. */
function oneOf(states: readonly Contents[], contents: Contents): string[] {
  const differences = states.map((state) => differingParts(state, contents))
  return differences.toSorted((a, b) => a.length - b.length)[0] ?? []
}

function withoutAccess(contents: Contents): Contents {
  return new Map([...contents].filter(([part]) => part !== 'access'))
}
