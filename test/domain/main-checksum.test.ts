import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { mainChecksum } from '../../src/domain/main-checksum.ts'
import type { DumpFacts, Payload } from '../../src/domain/manifest.ts'

const payload = (file: string, role: Payload['role'], digit: string): Payload => ({
  file,
  role,
  bytes: 1,
  sha256: digit.repeat(64),
  compression: 'zstd',
  encryption: 'none',
  contentBytes: 1,
})
const dump = (format: DumpFacts['format']) => ({ format }) as DumpFacts

test.each(['custom', 'plain'] as const)('in format %s the archive stands for the backup', (format) => {
  const payloads = [payload('globals.sql.zst', 'globals', '1'), payload('database.dump.zst', 'archive', '2')]
  expect(mainChecksum({ dump: dump(format), payloads })).toBe('2'.repeat(64))
})

test('in the directory format SHA256SUMS stands for all files', () => {
  const payloads = [payload('d/toc.dat.zst', 'archive', '1'), payload('d/1.dat.zst', 'archive-part', '2')]
  const sums = `${'1'.repeat(64)}  d/toc.dat.zst\n${'2'.repeat(64)}  d/1.dat.zst\n`
  expect(mainChecksum({ dump: dump('directory'), payloads })).toBe(createHash('sha256').update(sums).digest('hex'))
})

test('a backup without an archive has none', () => {
  expect(mainChecksum({ dump: dump('custom'), payloads: [] })).toBeUndefined()
})
