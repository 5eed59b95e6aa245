import { expect, test } from 'vitest'
import type { PostgresManifest } from '../../../../src/domain/manifest/manifest.ts'
import { isFasterInOneTransaction } from '../../../../src/engines/postgres/scratch/scratch-settings.ts'

test.each([
  { tables: 12_000, bytes: 5e6, faster: true },
  { tables: 12_000, bytes: 1e9, faster: false },
  { tables: 3000, bytes: 1000, faster: false },
])('$tables tables and $bytes bytes: one transaction is faster: $faster', ({ tables, bytes, faster }) => {
  const manifest = {
    fingerprint: { inventory: { objects: { TABLE: { count: tables } } } },
    payloads: [{ contentBytes: bytes }],
  } as unknown as PostgresManifest
  expect(isFasterInOneTransaction(manifest)).toBe(faster)
})
