// Backups of tenants into directories, with settings for small databases; and the contents of their ZIPs.
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Failure } from '../../src/domain/failures/failure.ts'
import { type PostgresManifest, requirePostgres } from '../../src/domain/manifest/manifest.ts'
import type { TenantTables } from '../../src/domain/tenants/tenant-zip.ts'
import { openPlatform } from '../../src/engines/postgres/platform.ts'
import { openTenantDump } from '../../src/engines/postgres/tenants/dump/open-tenant-dump.ts'
import { type BackUpRequest, backUpAll } from '../../src/operations/backup/back-up.ts'
import type { Store } from '../../src/ports/common.ts'
import type { TenantDumpRequest } from '../../src/ports/tenant.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { fakeWorld } from './fakes.ts'
import { realClock } from './real-clock.ts'
import { everything, randomDigits, temporaryFolder } from './real-world.ts'
import { plainRules } from './tenant-zip.ts'

export interface TenantBackup extends Partial<Omit<TenantDumpRequest, 'snapshot' | 'taken'>> {
  /** Do not back up the platform as well. */
  readonly only?: boolean
  /** Name of the store's folder. */
  readonly store?: string
  /** Number of bytes that the store accepts for each file. */
  readonly room?: number
}

/** A directory whose disk is full after so many bytes of a file. */
function storeWithRoom(path: string, room: number): Store {
  const store = openDirectoryStore(path)
  return {
    ...store,
    openWriter: async (key, options) => {
      const writer = await store.openWriter(key, options)
      let bytes = 0
      return {
        ...writer,
        write: async (chunk) => {
          bytes += chunk.length
          if (bytes > room) throw new Failure('disk/full', 'the disk is full')
          await writer.write(chunk)
        },
      }
    },
  }
}

/** Backs up the tenants, by default all, to a store in the folder. Throws the failure of a backup. */
export async function backUpTenants(
  url: string,
  folder: string,
  { only = true, store = 'store', room = Number.POSITIVE_INFINITY, ...asked }: TenantBackup = {},
): Promise<PostgresManifest[]> {
  const world = { ...fakeWorld(), clock: realClock, random: randomDigits, temporary: tmpdir() }
  const request: BackUpRequest = {
    platform: await openPlatform(url, { installTools: false }),
    stores: [storeWithRoom(join(folder, store), room)],
    name: undefined,
    trigger: 'manual',
    dump: { format: 'custom', selection: everything, jobs: 2, sourceCounts: true, globals: true, lockTimeout: 5 },
    tenants: {
      only,
      open: (instant) =>
        openTenantDump(url, {
          ...instant,
          rules: plainRules,
          tenants: 'all',
          includeShared: false,
          excel: false,
          level: 1,
          counts: true,
          codeAsSuperuser: false,
          temporary: tmpdir(),
          signal: new AbortController().signal,
          progress: () => {},
          ...asked,
        }),
    },
    compressionLevel: 1,
    confirmBytes: 'auto',
    shrinkLimit: 50,
    allowEmpty: false,
    keepDays: undefined,
    recoveryPoint: undefined,
  }
  const made = await backUpAll(request, world)
  for (const { failure } of made) if (failure) throw failure
  return made.map(({ manifest }) => requirePostgres(manifest))
}

/** Extracts a ZIP to a temporary folder. */
export async function unzipped(zip: string): Promise<{ at: string; tables: TenantTables }> {
  const at = await temporaryFolder('unzipped')
  await promisify(execFile)('unzip', ['-q', '-o', zip, '-d', at])
  return { at, tables: JSON.parse(await readFile(join(at, 'tables.json'), 'utf8')) as TenantTables }
}
