// Fakes for drills: a memory store with one backup, and a scratch server with configurable behavior.
import { findBackup } from '../../../src/operations/catalogue/find-backup.ts'
import type { Drilled, TestRestoreRequest } from '../../../src/operations/drill/drill-request.ts'
import { testRestore } from '../../../src/operations/drill/test-restore.ts'
import type { Scratch } from '../../../src/ports/drill.ts'
import { type FakeWorld, fakeWorld } from '../../support/fakes.ts'
import { type MemoryStore, memoryStore } from '../../support/memory-store.ts'
import { idText, putBackup } from '../../support/sample-backups.ts'

export const id = idText('2026-11-24T02:00:05Z')

/** A store with one backup. */
export function storeWithBackup(address = 'memory:a'): MemoryStore {
  const store = memoryStore({ address })
  putBackup(store, id)
  return store
}

interface ScratchLog {
  /** How often scratch was dropped. */
  dropped: number
}

/** A world with scratch that takes a second to load and two to compare. */
export function scratchWorld(more: Partial<Scratch> = {}): { world: FakeWorld; log: ScratchLog } {
  const log: ScratchLog = { dropped: 0 }
  const plain = fakeWorld()
  const scratch: Scratch = {
    url: 'postgresql://postgres:secret@127.0.0.1:1/shop',
    display: 'shop on 127.0.0.1:1',
    isolation: { isolation: 'root', reasons: [] },
    openPort: async () => ({ url: 'postgresql://postgres:secret@127.0.0.1:1/shop', close: async () => {} }),
    load: async () => {
      plain.clock.advance(1)
      return ['a note']
    },
    compare: async () => {
      plain.clock.advance(2)
      return []
    },
    checkSql: async () => ({ passed: true, detail: 'true' }),
    drop: async () => {
      log.dropped += 1
    },
    ...more,
  }
  return { world: { ...plain, openScratch: async () => scratch, runUserCommand: async () => 0 }, log }
}

/** Drills the backup in these stores. */
export async function runDrill(
  stores: MemoryStore[],
  world: FakeWorld,
  more: Partial<TestRestoreRequest> = {},
): Promise<Drilled> {
  const places = await findBackup(stores, { backup: id })
  const defaults = {
    jobs: 2,
    server: undefined,
    allowMissingExtensions: false,
    installTools: false,
    temporary: '/tmp',
    rtoObjectiveSeconds: 60,
  }
  return testRestore({ ...defaults, isolation: 'auto', checkSql: [], checkCommand: undefined, places, ...more }, world)
}
