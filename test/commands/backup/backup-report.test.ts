// The report of a backup, its commands, and the instructions for a restore by hand.
import { expect, test } from 'vitest'
import { backupReport, byHand } from '../../../src/commands/backup/backup-report.ts'
import { backupKinds } from '../../../src/kinds/kinds.ts'
import type { BackedUp } from '../../../src/operations/backup/back-up.ts'
import { storeKinds } from '../../../src/stores/stores.ts'
import { completedCommands } from '../../support/completed-commands.ts'
import { codeOf, factsOf, headingsOf, partsOf, tableWith } from '../../support/report-text.ts'
import { idText, sampleManifest } from '../../support/sample-backups.ts'

const id = idText('2026-11-24T02:00:05Z')
const manifest = sampleManifest(id)

function backedUp(more: Partial<BackedUp> = {}): BackedUp {
  return {
    manifest,
    stores: [{ address: 's3://bucket/pre fix', confirmed: 'digest' }],
    bytes: 8,
    size: { rows: 41, bytes: 8 },
    seconds: 12,
    phases: [],
    last: undefined,
    failure: undefined,
    ...more,
  }
}

const world = { kinds: backupKinds, stores: storeKinds }

test('the report shows the facts, stores and digests of a backup, and commands ready to copy', () => {
  const parts = backupReport(backedUp(), world)
  expect(headingsOf(parts)).toEqual([`Backup ${id}`])
  expect(factsOf(parts)).toMatchObject({ Snapshot: '2026-11-24T02:00:05.000Z', Rows: '41', Trigger: 'scheduled' })
  expect(tableWith(parts, 'Store')).toEqual([
    ['s3://bucket/pre fix', 'a digest that the store computed covers every byte'],
  ])
  expect(tableWith(parts, 'SHA-256')).toEqual([['database.dump.zst', '8', manifest.payloads[0]?.sha256]])
  const [hand] = codeOf(parts)
  const where = `${id} --name shop --store 's3://bucket/pre fix' --s3-endpoint http://localhost:9000`
  expect(completedCommands(parts)).toEqual([
    `resguardo test-restore ${where}`,
    `resguardo restore ${where} --dry-run`,
    `resguardo restore ${where} --confirm shop`,
  ])
  expect(hand?.split('\n').slice(0, 2)).toEqual([
    `aws s3 cp --recursive 's3://bucket/pre fix/shop/${id}/' .`,
    'sha256sum -c SHA256SUMS',
  ])
})

test.each([
  [41, 'none'],
  [50, '−9 (−18.0%)'],
  [20, '+21 (+105.0%)'],
  [0, '+41'],
])('the change from %i to 41 rows is shown as %s', (rows, change) => {
  const last = { id: 'before', size: { rows, bytes: 20 } }
  const table = tableWith(backupReport(backedUp({ last }), world), 'Before')
  expect(table?.[0]).toEqual(['Rows', '41', String(rows), change])
})

test('the report of a suspect backup is a warning with the reason', () => {
  const parts = backupReport(backedUp({ manifest: sampleManifest(id, { suspect: 'rows fell by 80%' }) }), world)
  expect(partsOf(parts, 'heading')).toMatchObject([{ text: `Backup ${id}`, state: 'warning' }])
  expect(JSON.stringify(partsOf(parts, 'checklist'))).toContain('rows fell by 80%')
})

test('no drill command is shown if the same run drills the backup', () => {
  const [proof, drilled] = [true, false].map((prove) => completedCommands(backupReport(backedUp(), world, prove)))
  expect(proof?.[0]).toContain('resguardo test-restore ')
  expect(drilled).toEqual(proof?.slice(1))
})

test('a restore by hand begins with roles and tablespaces if the backup contains them', () => {
  const payload = {
    ...manifest.payloads[0],
    role: 'globals',
    file: 'globals.sql.zst',
  } as (typeof manifest.payloads)[number]
  const lines = codeOf([
    byHand({ ...manifest, payloads: [...manifest.payloads, payload] }, 'file:./backups', world),
  ])[0]?.split('\n')
  expect(lines?.slice(2)).toEqual([
    '# roles and tablespaces, on a new server; "already exists" is harmless',
    "zstd -dc globals.sql.zst | grep -v '^ALTER ROLE postgres ' | psql -d postgres",
    expect.stringContaining('createdb restored'),
  ])
})

test('a restore by hand uses psql for a plain dump, and has no createdb command for a directory', () => {
  const plain = sampleManifest(id, { dump: { ...manifest.dump, format: 'plain' } })
  expect(codeOf([byHand(plain, 'file:./backups/', world)])[0]).toBe(
    `cd ./backups/shop/${id}/\nsha256sum -c SHA256SUMS\ncreatedb restored && zstd -dc database.dump.zst | psql -d restored`,
  )
  const directory = sampleManifest(id, { dump: { ...manifest.dump, format: 'directory' } })
  expect(codeOf([byHand(directory, 'file:./backups', world)])[0]).not.toContain('createdb')
})
