import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { readAhead } from '../../src/streams/read-ahead.ts'

/** Numbers from 1 on, of one byte each; tells how far it was asked and whether it was ended. */
function numbers(count: number, error?: Error) {
  const seen = { given: 0, ended: false }
  async function* source(): AsyncGenerator<number> {
    try {
      for (let n = 1; n <= count; n += 1) {
        await turn()
        seen.given = n
        yield n
      }
      if (error) throw error
    } finally {
      seen.ended = true
    }
  }
  return { seen, source: source() }
}

const one = (): number => 1

async function idle(): Promise<void> {
  for (let round = 0; round < 50; round += 1) await turn()
}

test('everything comes, in order, however far it is read ahead', async () => {
  for (const limit of [1, 2, 7, 1000]) {
    const { source } = numbers(20)
    expect(await Array.fromAsync(readAhead(source, one, limit))).toEqual(Array.from({ length: 20 }, (_, at) => at + 1))
  }
})

test('it reads on while the reader is busy, but not beyond its limit', async () => {
  const { seen, source } = numbers(1000)
  const ahead = readAhead(source, one, 10)
  expect((await ahead.next()).value).toBe(1)
  await idle()
  expect(seen.given).toBeGreaterThanOrEqual(10)
  expect(seen.given).toBeLessThanOrEqual(12)
  for (let n = 2; n <= 100; n += 1) expect((await ahead.next()).value).toBe(n)
  await idle()
  expect(seen.given).toBeLessThanOrEqual(112)
  await ahead.return(undefined)
})

test('items without bytes of their own do not count', async () => {
  const { seen, source } = numbers(30)
  const ahead = readAhead(source, () => 0, 1)
  await ahead.next()
  await idle()
  expect(seen.given).toBe(30)
  await ahead.return(undefined)
})

test('an error comes behind what came before it', async () => {
  const got: number[] = []
  const reading = async (): Promise<void> => {
    for await (const n of readAhead(numbers(3, new Error('the server went away')).source, one, 100)) got.push(n)
  }
  await expect(reading()).rejects.toThrow('the server went away')
  expect(got).toEqual([1, 2, 3])
})

test('a reader that ends early ends the source, and an error that nobody waits for any more harms nobody', async () => {
  for (const { seen, source } of [numbers(1000), numbers(3, new Error('too late'))]) {
    for await (const n of readAhead(source, one, 2)) if (n === 1) break
    expect(seen.ended).toBe(true)
  }
})
