// Drills for service tests: the real operation, with scratch that a test may change between load and comparison.
import { chmod, readdir } from 'node:fs/promises'
import type { DrillRecord } from '../../src/domain/drill/drill.ts'
import type { PostgresManifest } from '../../src/domain/manifest/manifest.ts'
import { parseAddress } from '../../src/engines/postgres/connection/address.ts'
import { resetSettings, withClient } from '../../src/engines/postgres/connection/connect.ts'
import { openScratch } from '../../src/engines/postgres/scratch/open-scratch.ts'
import type { Found } from '../../src/operations/catalogue/find-backup.ts'
import { findBackup } from '../../src/operations/catalogue/find-backup.ts'
import type { Drilled, TestRestoreRequest } from '../../src/operations/drill/drill-request.ts'
import { testRestore } from '../../src/operations/drill/test-restore.ts'
import type { Store } from '../../src/ports/common.ts'
import type { Scratch } from '../../src/ports/drill.ts'
import { runUserCommand } from '../../src/streams/processes/user-command.ts'
import { fakeWorld } from './fakes.ts'
import { realClock } from './real-clock.ts'
import { everything, temporaryFolder } from './real-world.ts'

/** Creates a temporary folder that a server of another user can access. */
export async function openFolder(name: string): Promise<string> {
  const folder = await temporaryFolder(name)
  await chmod(folder, 0o755)
  return folder
}

export interface DrillOptions extends Partial<Omit<TestRestoreRequest, 'places' | 'temporary'>> {
  /** SQL to run in scratch after the load. */
  readonly spoil?: string
  /** Changes the manifest that scratch is opened with. */
  readonly manifest?: (manifest: PostgresManifest) => PostgresManifest
  readonly signal?: AbortSignal
}

/** Drills a backup of the stores, with real ports. */
export async function drill(
  stores: readonly Store[],
  id: string,
  temporary: string,
  options: DrillOptions = {},
): Promise<Drilled> {
  const { spoil, manifest = (same) => same, signal = new AbortController().signal, ...rest } = options
  const places: [Found, ...Found[]] = await findBackup(stores, { backup: id })
  const world = {
    ...{ ...fakeWorld(), clock: realClock, signal, runUserCommand },
    openScratch: async (request: Parameters<typeof openScratch>[0]) =>
      spoiled(await openScratch({ ...request, manifest: manifest(request.manifest) }), spoil),
  }
  const isolation = 'auto' as const
  const defaults = {
    jobs: 2,
    server: undefined,
    allowMissingExtensions: false,
    installTools: false,
    checkSql: [],
    checkCommand: undefined,
    isolation,
  }
  return testRestore({ ...defaults, rtoObjectiveSeconds: 14_400, ...rest, places, temporary }, world)
}

/** Part of a backup request: a dump of the whole database without global objects, with these changes. */
export const dumpOf = (more: object) => ({
  dump: {
    format: 'custom' as const,
    selection: everything,
    jobs: 2,
    sourceCounts: true,
    globals: false,
    lockTimeout: 5,
    ...more,
  },
})

/** The differences in the record of a drill. */
export const sentences = ({ record }: { record: DrillRecord }) => record.differences.map(({ sentence }) => sentence)

/** Changes a manifest so that the database needs this extension. */
export const needing = (name: string) => (same: PostgresManifest) => ({
  ...same,
  database: { ...same.database, extensions: [{ name, version: '3', schema: 'public' }] },
})

/** Returns the folders of scratch servers and loads that were left behind in a folder. */
export const leftoversIn = async (folder: string) => (await readdir(folder)).filter((name) => /^resguardo-/.test(name))

function spoiled(scratch: Scratch, sql: string | undefined): Scratch {
  if (sql === undefined) return scratch
  return {
    url: scratch.url,
    ...(scratch.maintenanceUrl !== undefined && { maintenanceUrl: scratch.maintenanceUrl }),
    display: scratch.display,
    isolation: scratch.isolation,
    openPort: () => scratch.openPort(),
    load: async (...given) => {
      const notes = await scratch.load(...given)
      await withClient(
        parseAddress(scratch.url),
        async (client) => {
          await resetSettings(client)
          await client.query(sql)
        },
        'resettable',
      )
      return notes
    },
    compare: (manifest) => scratch.compare(manifest),
    checkSql: (check) => scratch.checkSql(check),
    drop: () => scratch.drop(),
  }
}
