// Brings a backup back: beside the live database and swapped in, beside only, in place, or selected tables into a new schema.

import { Failure } from '../domain/failure.ts'
import type { Difference } from '../domain/fingerprint.ts'
import type { Manifest } from '../domain/manifest.ts'
import { formatBytes } from '../domain/quantities.ts'
import type { TableName } from '../domain/table-name.ts'
import { payloadSources } from '../streams/payload.ts'
import { type Around, type AroundWorld, waitForHealth, withCommandsAround } from './around.ts'
import type { Found } from './find-backup.ts'
import type { LiveServer, PhaseTime, RestoreRequest, Step } from './platform-ports.ts'
import { readManifest } from './read-manifest.ts'
import { blockedBy, plannedSteps, wayOf } from './restore-plan.ts'

export interface RestoreWorld extends AroundWorld {
  readonly temporary: string
}

export interface RestoreOrder {
  readonly server: LiveServer
  /** The store that the backup is taken from. */
  readonly found: Found
  readonly strategy: RestoreRequest['strategy']
  readonly targetDatabase: string | undefined
  readonly targetSchema: string | undefined
  readonly tables: readonly TableName[]
  readonly schemas: readonly string[]
  readonly jobs: number
  /** What the user typed; must be the live database's name where that is touched. */
  readonly confirm: string | undefined
  readonly dryRun: boolean
  readonly around: Around
  /** Makes a backup of what is there now and gives its id; undefined: go on without. Only for in-place. */
  readonly safetyBackup: (() => Promise<string>) | undefined
}

export interface Restored {
  readonly manifest: Manifest
  /** Where the data is now: a database, or a schema of the live one. */
  readonly database: string
  readonly schema: string | undefined
  /** The database that was live before, kept for undo. */
  readonly kept: string | undefined
  readonly safetyBackup: string | undefined
  /** Seconds in which nobody could connect to the live database. */
  readonly closed: number | undefined
  readonly steps: readonly Step[]
  readonly phases: readonly PhaseTime[]
  /** From the beginning until the data was in its place. */
  readonly seconds: number
  readonly notes: readonly string[]
  readonly done: boolean
}

/**
 * Looks first and refuses with every blocked step named; then works. Throws Failure, and then the live database is as it was, except
 * for what comes after the data is in place: a failing command afterwards, a failing health check, differences after in-place.
 */
export async function restore(order: RestoreOrder, world: RestoreWorld): Promise<Restored> {
  const { server, found, dryRun } = order
  const began = world.clock.seconds()
  const way = wayOf(order)
  if (!dryRun) requireConfirmation(server, way.touchesLive, order.confirm)
  const manifest = await readManifest(found.store, found.entry, world.signal)
  const phases: PhaseTime[] = []
  const request = requestOf(order, manifest, phases, world)
  const looked = await request.phase(`Looking at ${server.display}`, () => server.preflight(request))
  const steps = [...looked, ...plannedSteps(order, manifest)]
  const base = { manifest, steps, phases, kept: undefined, closed: undefined, safetyBackup: undefined, notes: [] }
  const database = order.targetDatabase ?? server.database
  const place = { database, schema: order.targetSchema }
  if (dryRun) return { ...base, ...place, seconds: world.clock.seconds() - began, done: false }
  refuseBlocked(looked)
  for (const { state, title, detail } of looked)
    if (state === 'warning') world.reporter.warn(detail ? `${title}: ${detail}.` : `${title}.`)
  const work = await ways[way.name](order, request, world)
  const restored = { ...base, ...place, ...work, seconds: world.clock.seconds() - began - (work.afterwards ?? 0), done: true }
  if (order.around.health) await waitForHealth(order.around.health, healthHint(order, restored), world)
  return restored
}

/** Throws Failure('refused') unless the live database's name was typed. */
export function requireConfirmation(server: LiveServer, touchesLive: boolean, typed: string | undefined): void {
  if (!touchesLive || typed === server.database) return
  const sentence =
    typed === undefined
      ? `this touches the live database ${server.display}, so its name must be typed`
      : `--confirm says ${JSON.stringify(typed)}, but the live database is ${server.display}`
  throw new Failure('refused', sentence, {
    hint: `Look at the plan with --dry-run, then add: --confirm ${quoted(server.database)}`,
  })
}

/** A word for the shell, to be copied. */
export function quoted(word: string): string {
  return /^[\w.:/@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

function refuseBlocked(steps: readonly Step[]): void {
  const blocked = blockedBy(steps)
  if (blocked) throw blocked
}

function requestOf(order: RestoreOrder, manifest: Manifest, phases: PhaseTime[], world: RestoreWorld): RestoreRequest {
  const { strategy, targetDatabase, targetSchema, tables, schemas, jobs, found } = order
  const { reporter, clock, signal, temporary } = world
  return {
    manifest,
    payloads: payloadSources(found.store, manifest, signal),
    strategy,
    ...(targetDatabase === undefined ? {} : { targetDatabase }),
    ...(targetSchema === undefined ? {} : { targetSchema }),
    tables,
    schemas,
    jobs,
    temporary,
    signal,
    async phase(title, work) {
      const from = clock.seconds()
      const result = await reporter.phase(title, work)
      phases.push({ phase: title, seconds: clock.seconds() - from })
      return result
    },
    progress: ({ what, bytes }) => reporter.progress({ what, bytes }),
  }
}

interface Work {
  readonly notes: readonly string[]
  readonly kept?: string | undefined
  readonly closed?: number
  readonly safetyBackup?: string | undefined
  readonly database?: string
  /** Seconds spent on commands after the data was in place. */
  readonly afterwards?: number
}

type Way = (order: RestoreOrder, request: RestoreRequest, world: RestoreWorld) => Promise<Work>

const ways: Readonly<Record<ReturnType<typeof wayOf>['name'], Way>> = {
  swap: swapWay,
  new: newWay,
  'in-place': inPlaceWay,
  'into-schema': intoSchemaWay,
}

/** The commands run around the swap alone: the application goes on working while the database is loaded beside it. */
async function swapWay({ server, around }: RestoreOrder, request: RestoreRequest, world: RestoreWorld): Promise<Work> {
  const { database, notes } = await server.restoreBeside(request)
  let inPlace: number | undefined
  try {
    const { kept, closed } = await withCommandsAround(around, world, async () => {
      const swapped = await request.phase('Exchanging names', () => server.swap(database, request))
      inPlace = world.clock.seconds()
      return swapped
    })
    return { kept, closed, notes, afterwards: world.clock.seconds() - (inPlace ?? 0) }
  } catch (error) {
    if (inPlace === undefined) await server.drop(database).catch(() => {})
    throw error
  }
}

async function newWay({ server, around }: RestoreOrder, request: RestoreRequest, world: RestoreWorld): Promise<Work> {
  return withCommandsAround(around, world, () => server.restoreBeside(request))
}

async function intoSchemaWay(
  { server, around, targetSchema }: RestoreOrder,
  request: RestoreRequest,
  world: RestoreWorld,
): Promise<Work> {
  return withCommandsAround(around, world, () => server.restoreIntoSchema(request, targetSchema ?? ''))
}

async function inPlaceWay(order: RestoreOrder, request: RestoreRequest, world: RestoreWorld): Promise<Work> {
  const { server, around, safetyBackup } = order
  return withCommandsAround(around, world, async () => {
    const safety = await safetyBackup?.()
    const { differences, notes } = await server.restoreInPlace(request)
    if (differences.length > 0) throw differs(server, differences, safety)
    return { notes, safetyBackup: safety }
  })
}

function differs(server: LiveServer, differences: readonly Difference[], safety: string | undefined): Failure {
  const shown = differences.slice(0, 5).map(({ sentence }) => sentence)
  const more = differences.length > 5 ? `; and ${differences.length - 5} more` : ''
  return new Failure(
    'integrity',
    `the restore was committed, but ${server.database} now differs from the backup: ${shown.join('; ')}${more}`,
    {
      hint: `If an application wrote meanwhile, that may be why.${safety ? ` What was there before is in backup ${safety}.` : ''}`,
    },
  )
}

function healthHint({ server }: RestoreOrder, { kept }: Pick<Restored, 'kept'>): string {
  if (kept === undefined) return 'The data is in place; look at the log of the application.'
  return `The data is in place; look at the log of the application. To go back: resguardo restore --undo --confirm ${quoted(server.database)}`
}

/** For a checklist: what the backup is. */
export function describeBackup({ id, database, fingerprint, payloads, snapshot }: Manifest): string {
  const bytes = payloads.reduce((sum, payload) => sum + payload.bytes, 0)
  return `${id}: ${database.name} as it was at ${snapshot.taken}, ${fingerprint.tables.length} tables, ${formatBytes(bytes)} stored`
}
