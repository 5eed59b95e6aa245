// Runs of `migration-gate` with a fake forge and a change that the test defines.
import { migrationGate } from '../../../src/commands/gate/migration-gate.ts'
import { Failure } from '../../../src/domain/failures/failure.ts'
import type { ChangedFile } from '../../../src/domain/migrations/changed-file.ts'
import { parseInputs } from '../../../src/inputs/parse.ts'
import type { CommitStatus, Forge } from '../../../src/ports/gate.ts'
import { fakeClock, fakeWorld } from '../../support/fakes.ts'
import { shop } from '../../support/gate-backups.ts'
import { type MemoryStore, memoryStore } from '../../support/memory-store.ts'
import { linesOf } from '../../support/report-text.ts'
import { idText } from '../../support/sample-backups.ts'

export const now = new Date('2026-11-24T12:00:00Z')
export const idOf = (minutes: number, random = 1) =>
  idText(new Date(now.getTime() - minutes * 60_000), 'pre-migration', random)
export const makeStore = (address = 's3://far') => memoryStore({ address, now: () => now })
/** The commits of the change. */
export const base = 'b'.repeat(40)
export const head = 'd'.repeat(40)
export const runUrl = 'https://github.com/o/r/actions/runs/1'
/** The application's database, with a password that no output may contain. */
export const url = 'postgresql://app:hunter2secret@db/shop'

export interface FakeForge extends Forge {
  readonly posted: (CommitStatus & { sha: string })[]
}

/** A forge that keeps the statuses posted to it. */
export function forgeOf(differs: Partial<Forge> = {}): FakeForge {
  const posted: FakeForge['posted'] = []
  return {
    posted,
    createStatus: async (sha, status) => void posted.push({ sha, ...status }),
    latestStatus: async (sha, context) => posted.findLast((each) => each.sha === sha && each.context === context),
    openPullRequests: async () => [],
    ...differs,
  }
}

interface Scene {
  readonly stores?: readonly MemoryStore[]
  readonly forge?: Forge
  readonly files?: readonly string[]
  readonly change?: () => Promise<never>
  readonly origin?: object
}

/** Runs the command; without files the change adds one migration. */
export async function runGate(given: Record<string, string | string[]>, scene: Scene = {}) {
  const { stores = [], files = ['migrations/1.js'], forge, change, origin = { runUrl, repository: 'o/r' } } = scene
  const byAddress = new Map(stores.map((store) => [store.address, store]))
  const world = fakeWorld({
    clock: fakeClock(now),
    origin,
    openStore: async (address) => byAddress.get(address) ?? Promise.reject(new Error(`no ${address}`)),
    openChanges: async () => ({
      between: async () => {
        await change?.()
        const changed = files.map((path): ChangedFile => ({ change: 'added', path, sort: 'file' }))
        return { base, head, mergeBase: base, files: changed }
      },
    }),
    identifyDatabase: async () => ({ display: 'shop on db:5432', ...shop }),
    ...(forge && { openForge: async () => forge }),
  })
  const all: Record<string, string | string[]> = {
    ...(stores.length > 0 && { store: [...byAddress.keys()] }),
    ...given,
  }
  const { inputs } = migrationGate
  const values = parseInputs(inputs, (name) => (all[name] === undefined ? undefined : { text: all[name], from: name }))
  const broken = migrationGate.check?.(values, world) ?? []
  if (broken.length > 0) throw new Failure('input/invalid', broken.join('; '))
  const outcome = await migrationGate.run(values, world)
  return { ...outcome, lines: linesOf(outcome), warned: world.reporter.texts('warn') }
}

/** Names of the pins in a store. */
export const pins = (store: MemoryStore) => [...store.objects.keys()].flatMap((key) => key.split('/pins/')[1] ?? [])
