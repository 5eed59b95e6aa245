import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { openTenantPack } from '../../../../src/engines/postgres/tenants/zip-reading/open-tenant-pack.ts'
import type { TenantZip } from '../../../../src/ports/tenant.ts'
import { factsOf, type PackParts, packHeader, packOf, packParts, sha256 } from '../../../support/tenant-pack.ts'

const limits = { contentBytes: 1 << 20 }
const odd = 'a,b"\n/../%c\u00e9'

const sample = (): PackParts =>
  packParts({
    Customer: { '1': '1,1\n2,1\n', [odd]: '3,odd\n', '3': '4,3\n' },
    Invoice: { '3': '7,3\n', '1': '8,1\n' },
    Nothing: {},
  })

const customers = 'data/public.Customer.csv'
const invoices = 'data/public.Invoice.csv'

async function contentOf(zip: TenantZip, file: string): Promise<string> {
  const contents = await zip.open()
  try {
    const pieces: Buffer[] = []
    for await (const piece of contents.read(file)) pieces.push(piece)
    return Buffer.concat(pieces).toString()
  } finally {
    await contents.close()
  }
}

const refused = (about: RegExp) => ({
  code: 'tenant/zip-damaged',
  message: expect.stringMatching(about),
  hint: expect.stringMatching(/\w/),
})

test('a pack gives the rows of each tenant, as a ZIP of its own would', async () => {
  const pack = await openTenantPack(await packOf(sample()), limits)
  expect(pack).toMatchObject({ backup: 'b', tenants: ['1', '3', odd] })
  const zip = await pack.of(odd)
  expect(zip.tables).toMatchObject({ format: 'resguardo-tenant/1', tenant: odd, backup: 'b' })
  expect(zip.tables).not.toHaveProperty('tenants')
  expect(zip.tables.tables).toEqual([
    expect.objectContaining({ table: 'Customer', rows: 1, bytes: packHeader.length + 6, sha256: sha256('3,odd\n') }),
    expect.objectContaining({ table: 'Invoice', rows: 0, bytes: packHeader.length, sha256: sha256('') }),
    expect.objectContaining({ table: 'Nothing', rows: 0, bytes: packHeader.length }),
  ])
  expect(await contentOf(zip, customers)).toBe(`${packHeader}3,odd\n`)
  expect(await contentOf(zip, invoices)).toBe(packHeader)
  expect(await contentOf(await pack.of('3'), invoices)).toBe(`${packHeader}7,3\n`)
  expect(await contentOf(await pack.of('1'), customers)).toBe(`${packHeader}1,1\n2,1\n`)
})

/** Changes the fields of one line of the index. */
function changeLine(parts: PackParts, line: number, change: Partial<Record<number, string>>): void {
  const lines = parts.index.split('\n')
  const fields = (lines[line] ?? '').split(',')
  for (const [at, value] of Object.entries(change)) fields[Number(at)] = value ?? ''
  lines[line] = fields.join(',')
  parts.index = lines.join('\n')
}

function changeText(parts: PackParts, change: (text: string) => string): void {
  parts.index = change(parts.index)
}

describe('an index is refused:', () => {
  test.each<[string, (parts: PackParts) => void, RegExp]>([
    ['slices that overlap', (parts) => changeLine(parts, 2, { 3: '14' }), /does not begin where/],
    ['a gap between slices', (parts) => changeLine(parts, 2, { 3: '19' }), /does not begin where/],
    ['a slice that begins in the header', (parts) => changeLine(parts, 1, { 3: '0' }), /does not begin where/],
    ['a slice beyond the end of the file', (parts) => changeLine(parts, 3, { 4: '400' }), /does not cover/],
    ['a slice beyond all numbers', (parts) => changeLine(parts, 3, { 4: '9'.repeat(30) }), /unexpected format/],
    ['a negative offset', (parts) => changeLine(parts, 1, { 3: '-1' }), /unexpected format/],
    ['an offset in another notation', (parts) => changeLine(parts, 1, { 3: '1e1' }), /unexpected format/],
    ['an empty slice', (parts) => changeLine(parts, 1, { 4: '0' }), /unexpected format/],
    ['a digest of another shape', (parts) => changeLine(parts, 1, { 5: 'abc' }), /unexpected format/],
    ['another number of rows in the file', (parts) => changeLine(parts, 1, { 2: '9' }), /does not cover/],
    ['a tenant that is not in the pack', (parts) => changeLine(parts, 1, { 0: '99' }), /not in the pack/],
    ['an ID that is encoded in another way', (parts) => changeLine(parts, 1, { 0: '%31' }), /not in the pack/],
    [
      'a file that is not in the pack',
      (parts) => changeLine(parts, 1, { 1: 'data/public.Other.csv' }),
      /not in the pack/,
    ],
    ['a tenant twice in a file', (parts) => changeLine(parts, 2, { 0: '1' }), /repeats/],
    ['a missing line', (parts) => changeText(parts, (text) => text.replace(/[^\n]*\n$/, '')), /does not cover/],
    ['a line that is cut off', (parts) => changeText(parts, (text) => text.slice(0, -1)), /is truncated/],
    ['no header', (parts) => changeText(parts, (text) => text.replace(/^[^\n]*\n/, '')), /unexpected header/],
  ])('%s', async (_, change, about) => {
    const parts = sample()
    change(parts)
    await expect(openTenantPack(await packOf(parts), limits)).rejects.toMatchObject(refused(about))
  })
})

test('rows that were exchanged between tenants are refused before any of them is given', async () => {
  const parts = sample()
  const content = (parts.files.get(customers) ?? '').replace('3,odd', '3,xxx')
  parts.files.set(customers, content)
  const [table, ...others] = parts.tables.tables
  parts.tables.tables = [{ ...(table as (typeof others)[0]), ...factsOf(content) }, ...others]
  const pack = await openTenantPack(await packOf(parts), limits)
  await expect(pack.of(odd)).rejects.toMatchObject(refused(/SHA-256/))
  expect((await pack.of('1')).tables.tables[0]).toMatchObject({ rows: 2 })
})

describe('a pack is refused:', () => {
  test('rows other than tables.json has', async () => {
    const parts = sample()
    parts.files.set(invoices, (parts.files.get(invoices) ?? '').replace('7,3', '7,1'))
    await expect(openTenantPack(await packOf(parts), limits)).rejects.toMatchObject(refused(/SHA-256/))
  })

  test('another header', async () => {
    const parts = sample()
    parts.files.set(invoices, (parts.files.get(invoices) ?? '').replace('id,', 'xx,'))
    await expect(openTenantPack(await packOf(parts), limits)).rejects.toMatchObject(refused(/columns/))
  })

  test('a tenant twice in its list, and the format of a single tenant', async () => {
    const twice = sample()
    twice.tables.tenants.push('1')
    await expect(openTenantPack(await packOf(twice), limits)).rejects.toMatchObject(refused(/listed twice/))
    const single = sample()
    single.tables = { ...single.tables, format: 'resguardo-tenant/1' as never }
    await expect(openTenantPack(await packOf(single), limits)).rejects.toMatchObject(refused(/format/))
  })

  test('a file that is not listed, one that is missing, and more than may be unpacked', async () => {
    const more = sample()
    more.files.set('data/public.More.csv', packHeader)
    await expect(openTenantPack(await packOf(more), limits)).rejects.toMatchObject(refused(/does not list/))
    const less = sample()
    less.files.delete(invoices)
    await expect(openTenantPack(await packOf(less), limits)).rejects.toMatchObject(refused(/lacks/))
    await expect(openTenantPack(await packOf(sample()), { contentBytes: 100 })).rejects.toMatchObject(
      refused(/would unpack/),
    )
  })
})

test('unpacked rows that are changed on the disk are refused when they are read', async () => {
  const path = await packOf(sample())
  const pack = await openTenantPack(path, limits)
  const rows = await readFile(`${path}.rows`)
  await writeFile(`${path}.rows`, Buffer.alloc(rows.length, 'x'))
  await expect(pack.of('1')).rejects.toMatchObject(refused(/SHA-256/))
})
