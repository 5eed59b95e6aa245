import { createHash, randomBytes } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import yauzl from 'yauzl'
import { mostTextBytes } from '../../../../src/domain/tenants/tenant-zip.ts'
import {
  blockBytes,
  type CsvSource,
  type Zipping,
  zipTables,
} from '../../../../src/engines/postgres/tenants/dump/zip.ts'
import { readText } from '../../../../src/engines/postgres/tenants/zip-reading/open-tenant-zip.ts'
import { ZipContents } from '../../../../src/engines/postgres/tenants/zip-reading/zip-contents.ts'
import { temporaryFolder } from '../../../support/real-world.ts'

const header = Buffer.from('id\n')

/** Gives its content in pieces, out of one buffer that it uses again and again. */
function tableOf(name: string, content: Buffer, piece = 50_000): CsvSource {
  const table = { schema: 'public', table: name, file: `data/public.${name}.csv`, columns: [], group: 0 }
  async function* read(): AsyncGenerator<Buffer> {
    const buffer = Buffer.alloc(piece)
    for (let at = 0; at < content.length; at += piece) yield buffer.subarray(0, content.copy(buffer, 0, at, at + piece))
  }
  return { table, header, read, rows: () => 1 }
}

function zipOf(tables: readonly CsvSource[], level: number): Zipping {
  return zipTables({ taken: '2026-11-24T02:00:00.000Z', tables, level, texts: () => [['README.txt', 'Read me.']] })
}

async function bytesOf({ stream }: Zipping): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Buffer))
  return Buffer.concat(chunks)
}

async function inFile<T>(bytes: Buffer, work: (path: string) => Promise<T>): Promise<T> {
  const folder = await temporaryFolder('zip')
  try {
    await writeFile(join(folder, 'tenant.zip'), bytes)
    return await work(join(folder, 'tenant.zip'))
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function contentOf(zip: ZipContents, name: string): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of zip.read(name)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const around = (bytes: number): number[] => [bytes - 1, bytes, bytes + 1].map((each) => each - header.length)
const sizes = [0, 1, ...around(16 << 10), ...around(blockBytes), 3 << 20]
const kinds = {
  'bytes that compress': (size: number) => Buffer.alloc(size, '1,two,three\n'),
  'bytes that do not': (size: number) => randomBytes(size),
}

describe.each([0, 1, 9])('at level %i', (level) => {
  test.each(Object.entries(kinds))('%s come out as they went in, whatever their number', async (_, make) => {
    const contents = sizes.map(make)
    const zipping = zipOf(
      contents.map((content, at) => tableOf(`t${at}`, content)),
      level,
    )
    const bytes = await bytesOf(zipping)
    const { tables } = zipping.result()
    await inFile(bytes, async (path) => {
      const entries = new Map<string, yauzl.Entry>()
      const list = await yauzl.openPromise(path)
      for await (const entry of list.eachEntry()) entries.set(entry.fileName, entry)
      const zip = await ZipContents.open(path)
      for (const [at, content] of contents.entries()) {
        const file = `data/public.t${at}.csv`
        const whole = Buffer.concat([header, content])
        expect((await contentOf(zip, file)).equals(whole)).toBe(true)
        expect(entries.get(file)?.crc32).toBe(crc32(whole))
        const sha256 = createHash('sha256').update(content).digest('hex')
        expect(tables[at]).toMatchObject({ file, bytes: whole.length, sha256 })
      }
      await zip.close()
    })
  })
})

test('many ZIPs made at once do not get into each other', async () => {
  const contents = Array.from({ length: 20 }, (_, at) => Buffer.alloc(100_000 + at, `${at}\n`))
  await Promise.all(
    contents.map(async (content, at) => {
      const bytes = await bytesOf(zipOf([tableOf('a', content), tableOf('b', content)], 1 + (at % 2)))
      await inFile(bytes, async (path) => {
        const zip = await ZipContents.open(path)
        const whole = Buffer.concat([header, content])
        for (const name of ['a', 'b'])
          expect((await contentOf(zip, `data/public.${name}.csv`)).equals(whole)).toBe(true)
        await zip.close()
      })
    }),
  )
})

test.each([100, 3 << 20])('a source that fails after %i bytes fails the ZIP', async (bytes) => {
  const whole = tableOf('t', Buffer.alloc(bytes, 'a\n'))
  async function* read(): AsyncGenerator<Buffer> {
    yield* whole.read()
    throw new Error('the server went away')
  }
  await expect(bytesOf(zipOf([{ ...whole, read }], 1))).rejects.toThrow('the server went away')
})

describe('a text that is too large for every reader is refused', () => {
  const text = 'x'.repeat(mostTextBytes)
  const zipping = (name: string, content: string) =>
    zipTables({ taken: '2026-11-24T02:00:00.000Z', tables: [], level: 1, texts: () => [[name, content]] })

  test.each(['tables.json', 'tenants.csv'])('%s', async (name) => {
    await expect(bytesOf(zipping(name, `${text}x`))).rejects.toMatchObject({ code: 'tenant/too-many-tables' })
  })

  test('the largest text that is written can be read', async () => {
    await inFile(await bytesOf(zipping('tables.json', text)), async (path) => {
      const contents = await ZipContents.open(path)
      expect((await readText(contents, 'tables.json')).length).toBe(mostTextBytes)
      await contents.close()
    })
  })
})
