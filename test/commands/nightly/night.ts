// Runs of the nightly job on memory stores, with functions that list what the stores contain.
import { nightly } from '../../../src/commands/nightly/nightly.ts'
import { parseInputs } from '../../../src/inputs/parse.ts'
import type { Scratch } from '../../../src/ports/drill.ts'
import { type FakePlatform, fakePlatform } from '../../support/fake-platform.ts'
import { type FakeWorld, fakeWorld } from '../../support/fakes.ts'
import { completed } from '../../support/lists.ts'
import { type MemoryStore, memoryStore } from '../../support/memory-store.ts'
import { linesOf } from '../../support/report-text.ts'
import { idText, putBackup } from '../../support/sample-backups.ts'

export const now = new Date('2026-11-24T02:00:05Z')
/** ID of the backup that a night makes. */
export const made = '20261124T020005Z-platform-scheduled-000001'
export const daysAgo = (days: number) => idText(new Date(now.getTime() - days * 86_400_000), 'scheduled', days)
/** Inputs of a night with a drill. */
export const byDrill = { drill: 'true' }

/** A store with backups of the last days and one that is past its time. */
export function storeWithPast(address: string, name = 'shop'): MemoryStore {
  const store = memoryStore({ address, now: () => now })
  for (const days of [1, 2, 3, 40]) putBackup(store, daysAgo(days), { name })
  return store
}

/** A scratch database that loads without notes and has no differences. */
export function scratch(more: Partial<Scratch> = {}): Scratch {
  return {
    url: 'postgresql://postgres:secret@127.0.0.1:1/shop',
    display: 'shop on 127.0.0.1:1',
    isolation: { isolation: 'root', reasons: [] },
    openPort: async () => ({ url: 'postgresql://postgres:secret@127.0.0.1:1/shop', close: async () => {} }),
    load: async () => [],
    compare: async () => [],
    checkSql: async () => ({ passed: true, detail: 'true' }),
    drop: async () => {},
    ...more,
  }
}

export interface Night {
  readonly platform?: FakePlatform
  readonly world?: Partial<FakeWorld>
}

/** Runs the nightly job; adds the lines of its report. */
export function night(
  stores: readonly MemoryStore[],
  given: Record<string, string> = {},
  { platform, world }: Night = {},
) {
  const texts: Record<string, string | string[]> = {
    'database-url': 'postgresql://localhost/shop',
    store: stores.map(({ address }) => address),
    ...given,
  }
  const values = parseInputs(completed(nightly).inputs, (name) =>
    texts[name] === undefined ? undefined : { text: texts[name], from: name },
  )
  const byAddress = new Map(stores.map((store) => [store.address, store]))
  const all = fakeWorld({
    openStore: async (address) => byAddress.get(address) ?? Promise.reject(new Error(`no ${address}`)),
    openPlatform: async () => platform ?? fakePlatform(),
    openScratch: async () => scratch(),
    ...world,
  })
  return nightly.run(values, all).then((outcome) => ({ ...outcome, lines: linesOf(outcome) }))
}

/** IDs of the backups in a store. */
export const backups = (store: MemoryStore, name = 'shop') =>
  [...store.objects.keys()]
    .filter((key) => key.startsWith(`${name}/`) && key.endsWith('/manifest.json'))
    .map((key) => key.split('/')[1])
/** Keys of the drill records in a store. */
export const drills = (store: MemoryStore) => [...store.objects.keys()].filter((key) => key.includes('/drills/'))
