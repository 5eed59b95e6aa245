import { readdir, rm } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { Spool } from '../../../../src/engines/postgres/tenants/dump/spool.ts'
import { temporaryFolder } from '../../../support/real-world.ts'

function contentOf(spool: Spool, tenant: number, tables = 2): { table: number; rows: number; text: string }[] {
  return Array.from({ length: tables }, (_, table) => table).flatMap((table) => {
    const taken = spool.take(tenant, table)
    if (!taken) return []
    const { rows, bytes, read, copyTo } = taken
    const pieces: Buffer[] = []
    for (const piece of read(Buffer.alloc(1000))) pieces.push(Buffer.from(piece))
    const whole = Buffer.alloc(bytes + 2)
    copyTo(whole, 1)
    expect(whole.subarray(1, -1).equals(Buffer.concat(pieces))).toBe(true)
    return [{ table, rows, text: Buffer.concat(pieces).toString() }]
  })
}

test('rows come back tenant by tenant, table by table, in the order in which they came', async () => {
  const folder = await temporaryFolder('spool')
  const spool = await Spool.open(folder, 3)
  const add = (tenant: number, text: string): void => spool.add(tenant, Buffer.from(text), 0, text.length)
  add(2, 'a\n')
  add(0, 'b\n')
  add(2, 'c\n')
  await spool.settle()
  await spool.endTable()
  add(2, 'd\n')
  await spool.endTable()
  expect([0, 1, 2].map((tenant) => [spool.bytesOf(tenant), spool.tablesOf(tenant)])).toEqual([
    [2, 1],
    [0, 0],
    [6, 2],
  ])
  expect(contentOf(spool, 0)).toEqual([{ table: 0, rows: 1, text: 'b\n' }])
  expect(contentOf(spool, 1)).toEqual([])
  expect(contentOf(spool, 2)).toEqual([
    { table: 0, rows: 2, text: 'a\nc\n' },
    { table: 1, rows: 1, text: 'd\n' },
  ])
  await spool.close()
  await rm(folder, { recursive: true })
})

test('the file is in no folder while it is in use', async () => {
  const folder = await temporaryFolder('spool')
  const spool = await Spool.open(folder, 1)
  spool.add(0, Buffer.from('secret\n'), 0, 7)
  await spool.endTable()
  expect(await readdir(folder)).toEqual([])
  await spool.close()
  await rm(folder, { recursive: true })
})

test('rows larger than any buffer, and more than memory may hold', async () => {
  const folder = await temporaryFolder('spool')
  const tenants = 300
  const spool = await Spool.open(folder, tenants)
  const row = Buffer.alloc(200_000, 'x')
  row[row.length - 1] = 0x0a
  const large = Buffer.alloc(3 << 20, 'y')
  for (let at = 0; at < tenants; at += 1) {
    spool.add(at, row, 0, row.length)
    await spool.settle()
  }
  spool.add(7, large, 0, large.length)
  await spool.settle()
  await spool.endTable()
  const [seven] = contentOf(spool, 7)
  expect(seven).toMatchObject({ rows: 2 })
  expect(seven?.text).toBe(row.toString() + large.toString())
  expect(contentOf(spool, 299)[0]?.text).toBe(row.toString())
  await spool.close()
  await rm(folder, { recursive: true })
})
