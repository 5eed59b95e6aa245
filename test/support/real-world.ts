// Real backups of a database into stores, for service tests, with settings for small databases.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PostgresManifest, Selection } from '../../src/domain/manifest/manifest.ts'
import { openPlatform } from '../../src/engines/postgres/platform.ts'
import { type BackedUp, type BackUpRequest, backUp } from '../../src/operations/backup/back-up.ts'
import type { Store } from '../../src/ports/common.ts'
import { fakeWorld } from './fakes.ts'
import { realClock } from './real-clock.ts'

export const everything: Selection = {
  schemas: [],
  excludeSchemas: [],
  tables: [],
  excludeTables: [],
  excludeTableData: [],
  parts: 'all' as const,
}

/** Backs up the database at a URL; `more` overrides fields of the request. */
export async function backUpUrl(
  url: string,
  stores: readonly Store[],
  more: Partial<BackUpRequest> & { readonly signal?: AbortSignal } = {},
): Promise<BackedUp & { readonly manifest: PostgresManifest }> {
  const { signal, dump, ...rest } = more
  const world = {
    ...fakeWorld(),
    clock: realClock,
    random: randomDigits,
    temporary: tmpdir(),
    ...(signal ? { signal } : {}),
  }
  return backUp(
    {
      platform: rest.platform ?? (await openPlatform(url, { installTools: false })),
      stores,
      name: undefined,
      trigger: 'manual',
      dump: {
        format: 'custom',
        selection: everything,
        jobs: 2,
        sourceCounts: true,
        globals: true,
        lockTimeout: 5,
        ...dump,
      },
      compressionLevel: 1,
      confirmBytes: 'auto',
      shrinkLimit: 50,
      allowEmpty: false,
      keepDays: undefined,
      recoveryPoint: undefined,
      ...rest,
    },
    world,
  )
}

/** Six hexadecimal digits, so that backups of the same second have different IDs. */
export function randomDigits(): string {
  return Math.floor(Math.random() * 0x1000000)
    .toString(16)
    .padStart(6, '0')
}

/** Creates a folder in the system's temporary folder. */
export function temporaryFolder(name: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `resguardo-${name}-`))
}
