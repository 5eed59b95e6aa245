// Decisions of the gate about backups in memory stores, at a fixed time.
import type { GateChange, GatePolicy } from '../../../src/domain/gate/gate.ts'
import { findMigrations } from '../../../src/domain/migrations/find-migrations.ts'
import { backupKinds } from '../../../src/kinds/kinds.ts'
import { decide, type GateRequest } from '../../../src/operations/gate/gate.ts'
import { gateKindOf } from '../../../src/operations/kind-of.ts'
import { placeOf } from '../../../src/operations/stores/store-kinds.ts'
import type { Store } from '../../../src/ports/common.ts'
import { storeKinds } from '../../../src/stores/stores.ts'
import { fakeClock } from '../../support/fakes.ts'
import { type GateBackup, putGateBackup, shop } from '../../support/gate-backups.ts'
import { memoryStore } from '../../support/memory-store.ts'
import { idText } from '../../support/sample-backups.ts'

export const now = new Date('2026-11-24T12:00:00Z')
export const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000)
export const idOf = (minutes: number, random = 1, kind = 'platform') =>
  idText(minutesAgo(minutes), 'pre-migration', random, kind)
export const makeStore = (address = 's3://far') => memoryStore({ address, now: () => now })

/** The strict policy that tests start from. */
const policy: GatePolicy = {
  kind: gateKindOf(backupKinds),
  placeOf: (address) => placeOf(storeKinds, address),
  requireOffSite: true,
  requireDrill: true,
  maxAge: 3600,
  maxAgeOfOwnBackup: 86_400,
}
export const commits = { base: 'b'.repeat(40), head: 'd'.repeat(40), mergeBase: 'a'.repeat(40), files: 1 }
export const changeOf = (...paths: string[]): GateChange => ({
  ...commits,
  ...findMigrations(paths.map((path) => ({ change: 'added', path, sort: 'file' }))),
})

/** What a test asks differently. */
export interface Asked extends Partial<Omit<GateRequest, 'policy'>> {
  readonly policy?: Partial<GatePolicy>
}

/** Asks the gate about a change that adds one migration. */
export const askGate = (stores: readonly Store[], { policy: own, ...request }: Asked = {}) =>
  decide(
    {
      change: changeOf('migrations/1.js'),
      edited: 'warn',
      rehearsal: undefined,
      origin: {},
      name: undefined,
      openStores: async () => stores,
      identify: async () => shop,
      ...request,
      policy: { ...policy, ...own },
    },
    { clock: fakeClock(now), signal: new AbortController().signal },
  )

/** The decision about one backup, ten minutes old by default. */
export async function decideAbout(backup: GateBackup, { id = idOf(10), ...asked }: Asked & { id?: string } = {}) {
  const store = makeStore()
  putGateBackup(store, id, backup)
  return (await askGate([store], asked)).decision
}
