import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Names } from '../../../src/engines/redis/dump/names.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resguardo-names-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function unique(names: Names): Promise<string[]> {
  const found: string[] = []
  for await (const part of names.unique()) found.push(...part.map((name) => name.toString('latin1')))
  return found
}

test('every name comes once, however often it was told, in memory or out of the file', async () => {
  const name = fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes))
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(name, { maxLength: 30 }), { maxLength: 20 }), async (pages) => {
      const names = new Names({ folder, memory: 300, parts: 7 })
      for (const page of pages) await names.add(page)
      const found = await unique(names)
      await names.close()
      expect(found.sort()).toEqual([...new Set(pages.flat().map((each) => each.toString('latin1')))].sort())
    }),
    { numRuns: 50 },
  )
})

test('many names take no more memory than was allowed', async () => {
  const names = new Names({ folder, memory: 1 << 20 })
  const before = process.memoryUsage().rss
  for (let at = 0; at < 200_000; at += 1000) {
    await names.add(
      Array.from({ length: 1000 }, (_, key) => Buffer.from(`session:0123456789abcdef0123456789abcdef:${at + key}`)),
    )
  }
  let count = 0
  for await (const part of names.unique()) count += part.length
  expect(count).toBe(200_000)
  expect(process.memoryUsage().rss - before).toBeLessThan(60 << 20)
  expect(await readdir(folder)).toEqual([])
  await names.close()
})
