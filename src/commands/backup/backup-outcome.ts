// The outcome of a backup: outputs, report and document.

import { backupPrefix, manifestFile } from '../../domain/backups/backup.ts'
import { mainChecksum } from '../../domain/backups/main-checksum.ts'
import { manifestSha256 } from '../../domain/manifest/manifest-json.ts'
import type { BackedUp, BackupSet } from '../../operations/backup/backup-run.ts'
import { kindOf } from '../../operations/kind-of.ts'
import type { Outcome, World } from '../command.ts'
import { backupReport } from './backup-report.ts'

export const outputsOfBackup = {
  'backup-id': 'ID of the backup',
  name: 'Name of the backup in the stores',
  path: 'Location of the backup in the first store',
  manifest: 'Location of its manifest in the first store',
  bytes: 'Stored bytes of all payloads',
  sha256: 'SHA-256 of the stored main payload',
  'manifest-sha256': 'SHA-256 of its manifest',
  rows: 'Number of rows in the dump (Redis: keys)',
  'tenant-backup-id': 'With kind all: ID of the backup of tenants',
  'redis-backup-id': 'With kind all: ID of the backup of Redis',
  suspect: 'True if the backup is suspect: much smaller than the last good one, or empty',
} as const

/** `prove`: whether the report shows the command of a drill. */
export function outcomeOfBackup(
  backedUp: BackupSet,
  world: Pick<World, 'kinds' | 'stores'>,
  prove = true,
): Outcome<typeof outputsOfBackup> {
  const { manifest, stores, bytes, seconds, phases, failure, companions } = backedUp
  const prefix = backupPrefix(manifest.name, manifest.id)
  const [first] = stores
  const { rows } = kindOf(world.kinds, manifest.kind).drill.counts(manifest, undefined)
  const path = first ? `${first.address.replace(/\/$/, '')}/${prefix}` : prefix
  return {
    outputs: {
      'backup-id': manifest.id,
      name: manifest.name,
      path,
      manifest: path + manifestFile,
      bytes,
      sha256: mainChecksum(manifest),
      'manifest-sha256': manifestSha256(manifest),
      rows,
      'tenant-backup-id': companionId(companions, 'tenant'),
      'redis-backup-id': companionId(companions, 'redis'),
      suspect: manifest.suspect !== undefined,
    },
    report: [backedUp, ...companions].flatMap((each) => backupReport(each, world, prove)),
    document: {
      backup: manifest.id,
      name: manifest.name,
      bytes,
      seconds,
      phases,
      rows,
      stores,
      suspect: manifest.suspect ?? null,
      path,
      manifest,
      ...(companions.length > 0 && {
        companions: companions.map((each) => ({ backup: each.manifest.id, manifest: each.manifest })),
      }),
    },
    ...(failure && { failure }),
  }
}

function companionId(companions: readonly BackedUp[], kind: string): string | undefined {
  return companions.find(({ manifest }) => manifest.kind === kind)?.manifest.id
}
