import { describe, expect, test } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import type { Manifest } from '../../../src/domain/manifest/manifest.ts'
import { manifestSha256 } from '../../../src/domain/manifest/manifest-json.ts'
import { compareWithRecord, repairRecord } from '../../../src/operations/record/compare-with-record.ts'
import type { RunRow } from '../../../src/ports/record.ts'
import { recordingReporter } from '../../support/fakes.ts'
import { memoryRecord } from '../../support/memory-record.ts'

const id = '20261124T020005Z-platform-scheduled-7f3a9c'
const manifest = {
  id,
  kind: 'platform',
  trigger: 'scheduled',
  started: '2026-11-24T02:00:05.000Z',
  finished: '2026-11-24T02:01:35.000Z',
  dump: { format: 'custom' },
  payloads: [
    { role: 'archive', sha256: 'a'.repeat(64), bytes: 1000 },
    { role: 'globals', sha256: 'b'.repeat(64), bytes: 10 },
  ],
} as unknown as Manifest

function setUp(row?: Partial<RunRow>) {
  const record = memoryRecord()
  const reporter = recordingReporter()
  const full: RunRow = {
    id,
    kind: 'platform',
    trigger: 'scheduled',
    status: 'completed',
    startedAt: new Date(0),
    ...row,
  }
  if (row) record.rows.set(full.id, full)
  return { record, reporter }
}

describe('comparison of a manifest with its row', () => {
  const same = { manifest: manifestSha256(manifest), checksum: 'a'.repeat(64) }

  test('equal digests match without a message, in upper case too', async () => {
    const { record, reporter } = setUp({ manifest: same.manifest.toUpperCase(), checksum: 'A'.repeat(64) })
    expect(await compareWithRecord(record, manifest, reporter)).toBe(true)
    expect(reporter.events).toEqual([])
  })

  test.each([
    ['manifest', { ...same, manifest: 'c'.repeat(64) }, same.manifest],
    ['main payload', { ...same, checksum: 'c'.repeat(64) }, same.checksum],
    ['main payload', { manifest: same.manifest }, same.checksum],
  ])('a different digest of the %s is an integrity failure that shows both digests', async (what, row, stored) => {
    const { record, reporter } = setUp(row)
    const failure = await compareWithRecord(record, manifest, reporter).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'record/checksum-mismatch' })
    expect((failure as Failure).message).toContain(`the ${what} of ${id}`)
    expect((failure as Failure).message).toContain(stored)
    expect((failure as Failure).message).toContain('checksum' in row ? 'c'.repeat(64) : 'none')
  })

  test.each([
    ['no row', undefined, 'has no row for'],
    ['a row without a digest', { status: 'failed' } as const, 'as failed, without the SHA-256'],
  ])('%s is a warning', async (_, row, warning) => {
    const { record, reporter } = setUp(row)
    expect(await compareWithRecord(record, manifest, reporter)).toBe(false)
    expect(reporter.texts('warn')).toEqual([expect.stringContaining(warning)])
  })

  test('a run table that cannot be read is a warning', async () => {
    const { record, reporter } = setUp(same)
    record.failure = new Failure('postgres/connection-refused', 'nothing answers there')
    expect(await compareWithRecord(record, manifest, reporter)).toBe(false)
    expect(reporter.texts('warn')).toEqual([
      `${id} was not compared with the record: ${record.display} cannot be read: nothing answers there.`,
    ])
  })
})

describe('repair of a row after a restore', () => {
  const location = ['file:./backups', 's3://bucket']

  test('the row of the run that made the backup is set to completed and gets the ID of the backup', async () => {
    const { record, reporter } = setUp({ id: '20261124T020001Z-platform-scheduled-7f3a9c', status: 'running' })
    expect(await repairRecord({ record, manifest, location, reporter })).toBe(true)
    expect([...record.rows.values()]).toEqual([
      {
        id,
        kind: 'platform',
        trigger: 'scheduled',
        status: 'completed',
        startedAt: new Date('2026-11-24T02:00:05Z'),
        finishedAt: new Date('2026-11-24T02:01:35Z'),
        checksum: 'a'.repeat(64),
        manifest: manifestSha256(manifest),
        bytes: 1010,
        location: 'file:./backups,s3://bucket',
      },
    ])
  })

  test.each([
    ['completed', { status: 'completed' } as const],
    ['failed', { status: 'failed' } as const],
    ['of another run', { id: '20261124T020005Z-platform-scheduled-000000', status: 'running' } as const],
  ])('a row that is %s is not changed', async (_, row) => {
    const { record, reporter } = setUp(row)
    expect(await repairRecord({ record, manifest, location, reporter })).toBe(false)
    expect(record.saved).toEqual([])
  })

  test('a run table that cannot be read is a warning', async () => {
    const { record, reporter } = setUp()
    record.failure = new Failure('postgres/connection-refused', 'nothing answers there')
    expect(await repairRecord({ record, manifest, location, reporter })).toBe(false)
    expect(reporter.texts('warn')).toHaveLength(1)
  })
})
