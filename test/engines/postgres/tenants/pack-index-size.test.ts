import { expect, test } from 'vitest'
import { lineBytes, PackIndex } from '../../../../src/domain/tenants/pack-index.ts'

// Readers refuse an index of more than 64 MiB, so the size of a pack must count the lines in full.
test.each(['1', '漢'.repeat(60), "a'%,\n../é"])('lines of the index of %j are not longer than counted', (tenant) => {
  const index = new PackIndex()
  const empty = index.text().length
  const file = 'data/public.größe.csv'
  index.add(tenant, { file, rows: 262_144, offset: 67_108_864, bytes: 262_144, sha256: 'a'.repeat(64) })
  expect(Buffer.byteLength(index.text()) - empty).toBe(lineBytes(tenant, file))
})
