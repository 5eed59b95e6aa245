// Directory archives, read part by part.
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DirectoryArchive } from '../../../../src/engines/postgres/archive/directory.ts'
import { fingerprintOf, fixture, fixturePath, readDirectoryArchive } from './archives.ts'

describe.each([15, 17])('a directory of pg_dump %i', (major) => {
  let folder = ''
  const path = (file: string) => join(folder, file)
  const objectList = major < 17 ? 'blobs.toc' : /^blobs_\d+\.toc$/

  beforeEach(() => {
    folder = join(mkdtempSync(join(tmpdir(), 'resguardo-directory-')), 'database')
    cpSync(fixturePath(`wide-${major}.dir`), folder, { recursive: true })
  })
  afterEach(() => rmSync(join(folder, '..'), { recursive: true }))

  const dataFile = async (table: string) => {
    const { parts } = await DirectoryArchive.open(folder)
    return parts.find(({ entry }) => entry?.tag === table)?.file ?? ''
  }
  const alter = (file: string, change: (bytes: Buffer) => Uint8Array) =>
    writeFileSync(path(file), change(readFileSync(path(file))))
  const refused = (sentence: RegExp) =>
    expect(readDirectoryArchive(folder)).rejects.toMatchObject({
      code: 'archive/damaged',
      message: expect.stringMatching(sentence),
    })

  test('has the fingerprint of the custom archive', async () => {
    const print = await readDirectoryArchive(folder)
    expect(print.fingerprint).toEqual(fingerprintOf(fixture(`wide-${major}.dump`)))
    expect(print.known && print.header.format).toBe('directory')
  })

  test('can be read in any order, several files at once, a byte at a time', async () => {
    const archive = await DirectoryArchive.open(folder)
    const open = archive.parts
      .map(({ file }) => ({ tap: archive.tap(file), bytes: readFileSync(path(file)) }))
      .reverse()
    for (let at = 0; at < Math.max(...open.map(({ bytes }) => bytes.length)); at++)
      for (const { tap, bytes } of open) if (at < bytes.length) tap.push(bytes.subarray(at, at + 1))
    for (const { tap } of open) tap.end()
    expect(archive.fingerprint().fingerprint).toEqual(fingerprintOf(fixture(`wide-${major}.dump`)))
    expect(archive.fingerprint()).toEqual(archive.fingerprint())
  })

  test('names its parts, the table of contents first', async () => {
    const { parts } = await DirectoryArchive.open(folder)
    expect(parts[0]).toEqual({ file: 'toc.dat' })
    expect(parts.filter(({ entry }) => entry?.description === 'TABLE DATA')).toHaveLength(12)
    expect(parts.filter(({ file }) => file.match(objectList)).length).toBeGreaterThan(0)
  })

  test('is refused with a file missing', async () => {
    const file = await dataFile('Product')
    rmSync(path(file))
    await refused(/file \d+\.dat is damaged: it is missing/)
  })

  test('is refused with a large object missing, or one too many', async () => {
    renameSync(path('blob_70002.dat'), path('blob_70009.dat'))
    await refused(/blob_70009\.dat is damaged: no list of large objects names it/)
    rmSync(path('blob_70009.dat'))
    await refused(/large object 70002 is missing/)
  })

  test('is refused with a stranger among its files', async () => {
    writeFileSync(path('notes.txt'), 'hello')
    await refused(/notes\.txt is damaged: it does not belong to the archive/)
  })

  test('is refused with a file cut short', async () => {
    const file = await dataFile('Product')
    for (const cut of [1, 3, 5, 6, 100]) {
      alter(file, (bytes) => bytes.subarray(0, bytes.length - cut))
      await refused(/does not end with/)
      cpSync(fixturePath(`wide-${major}.dir/${file}`), path(file))
    }
  })

  test('is refused with its table of contents cut or extended', async () => {
    alter('toc.dat', (bytes) => bytes.subarray(0, -1))
    await refused(/toc\.dat is damaged: it ends too early/)
    cpSync(fixturePath(`wide-${major}.dir/toc.dat`), path('toc.dat'))
    alter('toc.dat', (bytes) => Buffer.concat([bytes, Buffer.from([0])]))
    await refused(/toc\.dat is damaged: it has data after its last entry/)
  })

  test('is refused if its table of contents names a file elsewhere', async () => {
    const file = await dataFile('Product')
    const elsewhere = '../'.padEnd(file.length, 'x')
    alter('toc.dat', (bytes) => Buffer.from(bytes.toString('latin1').replace(file, elsewhere), 'latin1'))
    await refused(/has an invalid file name/)
  })

  test('has another fingerprint with a byte changed', async () => {
    const file = await dataFile('Product')
    alter(file, (bytes) => bytes.fill('x', 40, 41))
    const { fingerprint } = await readDirectoryArchive(folder)
    const before = fingerprintOf(fixture(`wide-${major}.dump`))
    const changed = fingerprint.tables.filter(({ sha256 }, index) => sha256 !== before.tables[index]?.sha256)
    expect(changed.map(({ table }) => table)).toEqual(['Product'])
  })

  test('is moved unread if its version is unknown', async () => {
    alter('toc.dat', (bytes) => bytes.fill(99, 6, 7))
    writeFileSync(path('something.new'), '')
    const archive = await DirectoryArchive.open(folder)
    expect(archive.header).toBeUndefined()
    expect(archive.parts.map(({ file }) => file)).toContain('something.new')
    const print = await readDirectoryArchive(folder)
    expect(print).toMatchObject({ known: false, version: '1.99', fingerprint: { covers: 'counts' } })
  })

  test('cannot be judged before all of it was read', async () => {
    const archive = await DirectoryArchive.open(folder)
    expect(() => archive.fingerprint()).toThrow(
      expect.objectContaining({
        code: 'archive/damaged',
        message: expect.stringContaining('toc.dat is damaged: it was not read to its end'),
      }),
    )
  })
})

test('a folder that is no archive is named', async () => {
  await expect(DirectoryArchive.open(fixturePath('.'))).rejects.toMatchObject({
    code: 'archive/damaged',
    message: expect.stringContaining('it has no toc.dat'),
  })
})
