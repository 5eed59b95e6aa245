// The version of an RDB that is made of DUMPs.
import { expect, test } from 'vitest'
import { type DumpedPiece, rdbOf } from '../../../src/engines/redis/dump/scan-rdb.ts'
import { RdbReader } from '../../../src/engines/redis/rdb/reader.ts'
import { dumpOf, keyBytes } from '../../../src/engines/redis/rdb/writer.ts'

const string = Buffer.from([1, 0x76]) // `v`

function piece(name: string, version: number): DumpedPiece {
  return { bytes: keyBytes({ key: Buffer.from(name), dump: dumpOf(0, [string], version) }), version }
}

async function* piecesOf(versions: readonly number[]): AsyncGenerator<DumpedPiece> {
  for (const [at, version] of versions.entries()) yield piece(`key:${at}`, version)
}

async function rdb(server: string, versions: readonly number[], functions?: Buffer) {
  const [product, version = ''] = server.split(' ')
  const program = { product: product as 'redis' | 'valkey', version }
  const chunks: Uint8Array[] = []
  for await (const chunk of rdbOf(piecesOf(versions), { program, display: 'cache:6379', functions })) chunks.push(chunk)
  const keys: string[] = []
  const reader = new RdbReader({ key: ({ key }) => keys.push(String(key)) })
  reader.write(Buffer.concat(chunks))
  expect(reader.end().checksum).toBe('agreed')
  expect(keys).toEqual(versions.map((_, at) => `key:${at}`))
  return Buffer.concat(chunks).toString('latin1', 0, 9)
}

/** Without a library. */
const footerOf = (version: number) => Buffer.concat([Buffer.of(version, 0), Buffer.alloc(8)])

test.each([
  ['redis 7.0.15', [10, 10], 'REDIS0010'],
  ['redis 8.6.3', [13, 13], 'REDIS0013'],
  ['redis 9.9.0', [14, 14], 'REDIS0014'],
  ['valkey 8.1.1', [11], 'REDIS0011'],
  ['valkey 9.1.2', [80, 11], 'VALKEY080'],
  ['valkey 9.1.2', [80, 80], 'VALKEY080'],
  ['valkey 9.9.0', [80], 'VALKEY080'],
  ['redis 8.6.3', [], 'REDIS0013'],
  ['valkey 9.1.2', [], 'VALKEY080'],
] as const)('%s with DUMPs of version %j: %s', async (server, versions, header) => {
  expect(await rdb(server, versions)).toBe(header)
})

test('without a key it is that of FUNCTION DUMP', async () => {
  expect(await rdb('valkey 9.1.2', [], footerOf(11))).toBe('REDIS0011')
  expect(await rdb('redis 8.6.3', [12], footerOf(13))).toBe('REDIS0012')
})

test('a server that begins to write a newer version is not mixed up', async () => {
  await expect(rdb('redis 8.4.0', [12, 13])).rejects.toMatchObject({ code: 'redis/protocol' })
})
