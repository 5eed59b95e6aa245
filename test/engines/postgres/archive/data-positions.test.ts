// Positions of data in an archive on disk: those that pg_dump notes when it writes to a file.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { notePositions } from '../../../../src/engines/postgres/archive/data-positions.ts'
import { TocReader } from '../../../../src/engines/postgres/archive/toc.ts'
import { fixture, int, read, rechunked, tocBytes } from './archives.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resguardo-positions-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function noted(archive: Buffer): Promise<Buffer> {
  const path = join(folder, 'archive')
  await writeFile(path, archive)
  await notePositions(path, tocOf(archive))
  return readFile(path)
}

function tocOf(archive: Buffer): TocReader {
  const toc = new TocReader()
  toc.push(archive)
  return toc
}

/** Type and dump ID of the block at each noted position, by the entry's dump ID. */
function blocks(archive: Buffer): Map<number, string> {
  const { entries, positionFields } = tocOf(archive)
  const known = entries.flatMap(({ dumpId, description }, index) => {
    const field = positionFields[index] as number
    if (archive[field] !== 2) return []
    const at = Number(archive.readBigUInt64LE(field + 1))
    return [[dumpId, `${archive[at]} ${archive.readUInt32LE(at + 2)} ${description}`] as const]
  })
  return new Map(known)
}

test('an archive from a pipe gets the positions that pg_dump notes in a file', async () => {
  const [archive, toFile] = [await noted(fixture('tiny-15.dump')), fixture('tiny-15-to-file.dump')]
  for (const field of tocOf(toFile).positionFields) {
    expect(archive.subarray(field, field + 9)).toEqual(toFile.subarray(field, field + 9))
  }
})

test.each([15, 17, 18])('every entry with data has its position, and nothing else changes (%i)', async (major) => {
  const wide = fixture(`wide-${major}.dump`)
  const large = rechunked(wide, 3_000_000)
  for (const archive of [wide, large]) {
    const after = await noted(archive)
    const wanted = tocOf(archive).entries.filter(({ hadData }) => hadData)
    expect(blocks(after)).toEqual(
      new Map(
        wanted.map(({ dumpId, description }) => [
          dumpId,
          `${description === 'BLOBS' ? 3 : 1} ${dumpId} ${description}`,
        ]),
      ),
    )
    expect(read(after)).toEqual(read(archive))
    expect(after.subarray(tocBytes(archive))).toEqual(archive.subarray(tocBytes(archive)))
  }
})

test('data larger than what is read at once is skipped', async () => {
  const tiny = fixture('tiny-15.dump')
  const from = tocBytes(tiny)
  const row = Buffer.alloc(2_500_000, 'x')
  const longer = Buffer.concat([tiny.subarray(0, from + 6), int(row.length), row, tiny.subarray(from + 6)])
  expect(blocks(await noted(longer))).toEqual(blocks(await noted(tiny)))
})

test.each<[string, (archive: Buffer, from: number) => Buffer]>([
  ['that ends early', (archive) => archive.subarray(0, -1)],
  ['without its data', (archive, from) => archive.subarray(0, from)],
  [
    'with a block twice',
    (archive, from) => Buffer.concat([archive.subarray(0, from + 6), int(0), archive.subarray(from)]),
  ],
  [
    'with a negative length',
    (archive, from) => Buffer.concat([archive.subarray(0, from + 6), int(-3), archive.subarray(from + 11)]),
  ],
])('an archive %s is damaged', async (_, change) => {
  const tiny = fixture('tiny-15.dump')
  await expect(noted(Buffer.from(change(tiny, tocBytes(tiny))))).rejects.toMatchObject({ code: 'archive/damaged' })
})
