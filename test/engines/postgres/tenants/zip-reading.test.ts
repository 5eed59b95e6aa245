import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import type { ZippedTable } from '../../../../src/domain/tenants/tenant-zip.ts'
import { readCsv } from '../../../../src/engines/postgres/tenants/zip-reading/csv-of-table.ts'
import { CsvSum } from '../../../../src/engines/postgres/tenants/zip-reading/csv-sum.ts'
import { openTenantZip } from '../../../../src/engines/postgres/tenants/zip-reading/open-tenant-zip.ts'
import { ZipContents } from '../../../../src/engines/postgres/tenants/zip-reading/zip-contents.ts'
import { pack, patch, seal, type ZipParts, zipOf } from '../../../support/tenant-zip.ts'

const file = 'data/public.Product.csv'
const header = 'id,"odd, ""name"""\n'
const limits = { contentBytes: 1 << 20 }

function parts(rows = '1,"a\nb"\n2,""\n3,\n', { head = header, excel = false } = {}): ZipParts {
  const table: ZippedTable = {
    ...{ schema: 'public', table: 'Product', file, rows: 0, sha256: '', bytes: 0, group: 0 },
    columns: [
      { name: 'id', type: 'integer' },
      { name: 'odd, "name"', type: 'text' },
    ],
  }
  const made: ZipParts = {
    tables: {
      format: 'resguardo-tenant/1',
      tenant: '7',
      backup: 'b',
      taken: '2026-11-24T02:00:00.000Z',
      by: { column: 'tenantId' },
      excel,
      tables: [table],
    },
    files: new Map([[file, Buffer.from(head + rows)]]),
  }
  seal(made, file)
  return made
}

const listed = ({ tables }: ZipParts): ZippedTable => tables.tables[0] as ZippedTable

async function read(made: ZipParts, { excel = false } = {}): Promise<{ rows: string; sum: string }> {
  const contents = await ZipContents.open(await pack(made))
  try {
    const sum = new CsvSum()
    const pieces: Buffer[] = []
    for await (const piece of readCsv({ contents, table: listed(made), excel, sum })) pieces.push(Buffer.from(piece))
    return { rows: Buffer.concat(pieces).toString(), sum: sum.digest() }
  } finally {
    await contents.close()
  }
}

const refused = (about: RegExp) => ({
  code: 'tenant/zip-damaged',
  message: expect.stringMatching(about),
  hint: expect.stringMatching(/\w/),
})

describe('a ZIP as Resguardo stores it', () => {
  test('opens', async () => {
    const zip = await openTenantZip(await pack(parts()), limits)
    expect(zip.tables.tables[0]).toMatchObject({ rows: 3, file })
  })

  test('gives the rows without their header', async () => {
    expect((await read(parts())).rows).toBe('1,"a\nb"\n2,""\n3,\n')
    const marked = parts('1,\n', { head: `\uFEFF${header}`, excel: true })
    expect((await read(marked, { excel: true })).rows).toBe('1,\n')
  })

  test('of which there may be none', async () => {
    expect((await read(parts(''))).rows).toBe('')
  })
})

describe('refused when it is opened:', () => {
  test.each([
    ['a name that climbs out', '../x/a.csv'],
    ['a name from the root', '/abs/e.csv'],
    ['a name of Windows', 'c:\\x\\a.csv'],
  ])('%s', async (_, name) => {
    const path = await pack({ ...parts(), files: new Map([...parts().files, ['data/a.csv', Buffer.from('x')]]) })
    await patch(path, 'data/a.csv', name.padEnd(10, 'x').slice(0, 10))
    await expect(openTenantZip(path, limits)).rejects.toMatchObject(refused(/not safe/))
  })

  test('an entry that is not listed', async () => {
    const made = parts()
    made.files.set('data/public.More.csv', Buffer.from('a\n'))
    await expect(openTenantZip(await pack(made), limits)).rejects.toMatchObject(refused(/does not list.*public\.More/))
  })

  test('an entry that is missing', async () => {
    const made = parts()
    made.files.delete(file)
    await expect(openTenantZip(await pack(made), limits)).rejects.toMatchObject(refused(/lacks.*public\.Product/))
  })

  test('an entry that stands there twice', async () => {
    const made = parts()
    const content = made.files.get(file) as Buffer
    const path = await zipOf([
      [file, content],
      [file, content],
      ['tables.json', Buffer.from(JSON.stringify(made.tables))],
    ])
    await expect(openTenantZip(path, limits)).rejects.toMatchObject(refused(/twice/))
  })

  test('an encrypted entry', async () => {
    const path = await pack(parts())
    const bytes = await readFile(path)
    const central = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]))
    bytes[central + 8] = (bytes[central + 8] ?? 0) | 1
    await writeFile(path, bytes)
    await expect(openTenantZip(path, limits)).rejects.toMatchObject(refused(/encrypted/))
  })

  test('more than may be unpacked', async () => {
    const made = parts(`1,${'0'.repeat(2 << 20)}\n`)
    await expect(openTenantZip(await pack(made), limits)).rejects.toMatchObject(refused(/would unpack to/))
  })

  test('a file cut off, and one that is no ZIP', async () => {
    const path = await pack(parts())
    const bytes = await readFile(path)
    await writeFile(path, bytes.subarray(0, bytes.length - 30))
    await expect(openTenantZip(path, limits)).rejects.toMatchObject(refused(/damaged/))
    await writeFile(path, 'not a zip')
    await expect(openTenantZip(path, limits)).rejects.toMatchObject(refused(/damaged/))
    await expect(openTenantZip(`${path}.not-there`, limits)).rejects.toMatchObject({ code: 'file/not-found' })
  })

  test('a list of another shape', async () => {
    const content = parts().files.get(file) as Buffer
    const withList = (list: string) =>
      zipOf([
        [file, content],
        ['tables.json', Buffer.from(list)],
      ])
    const change = (more: object) => JSON.stringify({ ...parts().tables, ...more })
    const table = listed(parts())
    for (const list of [
      '{',
      '[]',
      change({ format: 'resguardo-tenant/9' }),
      change({ tables: [{ ...table, rows: -1 }] }),
      change({ tables: [{ ...table, sha256: 'x' }] }),
      change({ tables: [{ ...table, file: 'data/../x.csv' }] }),
      change({ tables: [table, table] }),
      change({ tables: [{ ...table, columns: [] }] }),
      change({ tables: [{ ...table, guarded: ['nothing'] }] }),
    ]) {
      await expect(openTenantZip(await withList(list), limits)).rejects.toMatchObject(
        refused(/tables\.json in the ZIP/),
      )
    }
    await expect(openTenantZip(await zipOf([[file, content]]), limits)).rejects.toMatchObject(
      refused(/has no "tables.json"/),
    )
  })
})

describe('refused when a table is read:', () => {
  test('an entry that swells beyond what it says', async () => {
    const made = parts(`1,${'0'.repeat(500_000)}\n`)
    const path = await pack(made)
    const bytes = await readFile(path)
    const central = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]))
    bytes.writeUInt32LE(1000, central + 24)
    await writeFile(path, bytes)
    const contents = await ZipContents.open(path)
    let most = 0
    await expect(
      (async () => {
        for await (const piece of contents.read(file)) most += piece.length
      })(),
    ).rejects.toMatchObject(refused(/stated size of 1000 bytes/))
    expect(most).toBeLessThanOrEqual(1000)
    await contents.close()
  })

  test('a header that names other columns', async () => {
    for (const head of ['id\n', '"odd, ""name""",id\n', 'id,name\n', 'id,"odd, ""name""",more\n', '']) {
      await expect(read(parts('1,2\n', { head }))).rejects.toMatchObject(refused(/has a header that differs/))
    }
    await expect(read(parts('', { head: 'id' }))).rejects.toMatchObject(refused(/header/))
    await expect(read(parts('1,\n', { head: `\uFEFF${header}` }))).rejects.toMatchObject(refused(/byte order mark/))
  })

  test('other rows than listed', async () => {
    const other = (change: Partial<ZippedTable>) => {
      const made = parts()
      made.tables.tables[0] = { ...listed(made), ...change }
      return made
    }
    await expect(read(other({ rows: 4 }))).rejects.toMatchObject(refused(/has 3 rows, not the 4/))
    await expect(read(other({ sha256: 'a'.repeat(64) }))).rejects.toMatchObject(refused(/SHA-256/))
    await expect(read(parts('1,"open\n'))).rejects.toMatchObject(refused(/within a row/))
  })

  test('bytes turned on the way', async () => {
    const path = await pack(parts('1,a\n2,b\n'.repeat(2000)))
    const bytes = await readFile(path)
    const at = bytes.indexOf(file) + file.length + 30
    bytes[at] = (bytes[at] ?? 0) ^ 0xff
    await writeFile(path, bytes)
    const contents = await ZipContents.open(path)
    const made = parts('1,a\n2,b\n'.repeat(2000))
    const all = (async () => {
      for await (const _ of readCsv({ contents, table: listed(made), excel: false, sum: new CsvSum() }));
    })()
    await expect(all).rejects.toMatchObject(refused(/\w/))
    await contents.close()
  })
})

describe('the sum of rows', () => {
  const sumOf = (...chunks: string[]): string => {
    const sum = new CsvSum()
    for (const chunk of chunks) sum.push(Buffer.from(chunk))
    return sum.digest()
  }
  const sha = (text: string): bigint => BigInt(`0x${createHash('sha256').update(text).digest('hex')}`)

  test('is that of their SHA-256 modulo 2^256, in any order', () => {
    const rows = Array.from({ length: 300 }, (_, at) => `${at},"a\n${at}"\n`)
    const expected = rows.reduce((sum, row) => (sum + sha(row)) % (1n << 256n), 0n)
    expect(BigInt(`0x${sumOf(...rows)}`)).toBe(expected)
    expect(sumOf(rows.toReversed().join(''))).toBe(sumOf(rows.join('')))
    expect(sumOf('a\na\n')).not.toBe(sumOf('a\n'))
    expect(sumOf()).toBe('0'.repeat(64))
  })

  test('refuses half a row', () => {
    expect(() => sumOf('a\nb')).toThrow()
  })
})
