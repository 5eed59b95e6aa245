// The catalogue of backups, built from the listing of a store.
import { expect, it } from 'vitest'
import { type Catalogue, catalogueBuilder } from '../../../src/domain/backups/build-catalogue.ts'
import { idText } from '../../support/sample-backups.ts'

const older = idText('2026-11-23T02:00:05Z')
const newer = idText('2026-11-24T02:00:05Z')
const at = (key: string, modified = '2026-11-24T02:10:00Z', bytes = 10) => ({
  key,
  bytes,
  modified: new Date(modified),
})

function buildCatalogue(objects: readonly ReturnType<typeof at>[]): Catalogue {
  const builder = catalogueBuilder()
  for (const object of objects) builder.add(object)
  return builder.done()
}

it('complete backups are listed newest first for any order of keys', () => {
  const keys = [older, newer].flatMap((id) => [
    at(`shop/${id}/manifest.json`),
    at(`shop/${id}/SHA256SUMS`),
    at(`shop/${id}/a/b.dat`),
  ])
  const { entries, incomplete, unknownFiles } = buildCatalogue(keys.reverse())
  expect(entries.map((e) => [e.name, e.id.text, e.bytes, e.keys.length])).toEqual([
    ['shop', newer, 30, 3],
    ['shop', older, 30, 3],
  ])
  expect(incomplete).toEqual([])
  expect(unknownFiles).toEqual([])
})

it('drills, pins, keep-until dates and suspect marks are read from key names', () => {
  const marks = [
    'drills/20261124T030000Z-failed.json',
    'drills/20261124T040000Z-proven.json',
    'pins/before%20the%20release-until-2026-12-31',
    'pins/audit',
    'keep-until-2026-12-01',
    'keep-until-2026-12-05',
    'suspect',
    'manifest.json',
  ]
  const { entries } = buildCatalogue(marks.map((mark) => at(`shop/${newer}/${mark}`)))
  expect(entries).toMatchObject([
    {
      drills: [
        { verdict: 'proven', time: new Date('2026-11-24T04:00:00Z') },
        { verdict: 'failed', time: new Date('2026-11-24T03:00:00Z') },
      ],
      pins: [{ reason: 'before the release', until: new Date('2026-12-31T23:59:59.999Z') }, { reason: 'audit' }],
      keepUntil: new Date('2026-12-05T23:59:59.999Z'),
      suspect: true,
    },
  ])
})

it('the stored time is that of the manifest, and the last write is that of the newest object', () => {
  const { entries } = buildCatalogue([
    at(`shop/${newer}/manifest.json`, '2026-11-24T02:10:00Z'),
    at(`shop/${newer}/drills/20261124T030000Z-proven.json`, '2026-11-24T03:00:01Z'),
  ])
  expect(entries).toMatchObject([
    { stored: new Date('2026-11-24T02:10:00Z'), lastWrite: new Date('2026-11-24T03:00:01Z') },
  ])
})

it('a folder without its own manifest is incomplete and not listed as a backup', () => {
  const { entries, incomplete } = buildCatalogue([
    at(`shop/${newer}/database.dump.zst`),
    at(`shop/${newer}/sub/manifest.json`),
  ])
  expect(entries).toEqual([])
  expect(incomplete).toMatchObject([{ complete: false, bytes: 20 }])
})

it('keys that do not belong to a backup are listed as unknown files', () => {
  const keys = [
    'README',
    'shop/README',
    'shop/not-an-id/manifest.json',
    'shop/20261399T020005Z-platform-scheduled-7f3a9c/manifest.json',
    `bad name/${newer}/manifest.json`,
    `/${newer}/manifest.json`,
    `shop/${newer}/`,
    `shop/${newer}//x`,
    newer,
    `deep/shop/${newer}/manifest.json`,
  ]
  expect(buildCatalogue(keys.map((key) => at(key)))).toEqual({ entries: [], incomplete: [], unknownFiles: keys })
})

it('a listing of 50,000 keys yields all 10,000 backups', () => {
  const start = Date.UTC(2000, 0, 1)
  const keys = Array.from({ length: 10_000 }, (_, i) => `shop/${idText(new Date(start + i * 3600_000))}`).flatMap(
    (prefix) =>
      ['SHA256SUMS', 'database.dump.zst', 'drills/20261124T030000Z-proven.json', 'manifest.json', 'pins/audit'].map(
        (f) => at(`${prefix}/${f}`),
      ),
  )
  expect(buildCatalogue(keys).entries).toHaveLength(10_000)
})
