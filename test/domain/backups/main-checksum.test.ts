import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { mainChecksum } from '../../../src/domain/backups/main-checksum.ts'
import type { Payload } from '../../../src/domain/manifest/manifest.ts'

const payload = (file: string, role: Payload['role'], digit: string): Payload => ({
  file,
  role,
  bytes: 1,
  sha256: digit.repeat(64),
  encodings: ['zstd'],
  contentBytes: 1,
})

test('the main checksum is that of the archive', () => {
  const payloads = [payload('globals.sql.zst', 'globals', '1'), payload('database.dump.zst', 'archive', '2')]
  expect(mainChecksum({ payloads })).toBe('2'.repeat(64))
})

test('in the directory format, the main checksum is that of SHA256SUMS', () => {
  const payloads = [payload('d/toc.dat.zst', 'archive', '1'), payload('d/1.dat.zst', 'archive-part', '2')]
  const sums = `${'1'.repeat(64)}  d/toc.dat.zst\n${'2'.repeat(64)}  d/1.dat.zst\n`
  expect(mainChecksum({ payloads })).toBe(createHash('sha256').update(sums).digest('hex'))
})

test('the main checksum is that of the RDB for one Redis server, and that of SHA256SUMS for a cluster', () => {
  const shards = [payload('shard-0.rdb.zst', 'rdb', '1'), payload('shard-1.rdb.zst', 'rdb', '2')]
  expect(mainChecksum({ payloads: shards.slice(0, 1) })).toBe('1'.repeat(64))
  const sums = `${'1'.repeat(64)}  shard-0.rdb.zst\n${'2'.repeat(64)}  shard-1.rdb.zst\n`
  expect(mainChecksum({ payloads: shards })).toBe(createHash('sha256').update(sums).digest('hex'))
})

test('a backup without payloads has no main checksum', () => {
  expect(mainChecksum({ payloads: [] })).toBeUndefined()
})
