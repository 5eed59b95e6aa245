import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Failure } from '../../../src/domain/failures/failure.ts'
import { Spool } from '../../../src/streams/files/spool.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'resguardo-spool-test-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function all(spool: Spool): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of spool.read()) pieces.push(piece)
  return Buffer.concat(pieces).toString('latin1')
}

describe('a spool', () => {
  test('keeps a little in memory, and makes no file', async () => {
    const spool = new Spool({ folder, memory: 100 })
    await spool.write(Buffer.from('one '))
    await spool.write(Buffer.from('two'))
    spool.end()
    expect(spool.waiting).toBe(7)
    expect(await all(spool)).toBe('one two')
    expect(spool.usedFile).toBe(false)
  })

  test('lets what is more wait in a file that has no name', async () => {
    const spool = new Spool({ folder, memory: 10 })
    const lines = Array.from({ length: 1000 }, (_, at) => `line ${at}\n`)
    for (const line of lines) await spool.write(Buffer.from(line))
    spool.end()
    expect(spool.usedFile).toBe(true)
    expect(await readdir(folder)).toEqual([])
    expect(await all(spool)).toBe(lines.join(''))
    await spool.close()
  })

  test('gives everything back in order, whoever is faster', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 2 })), { maxLength: 80 }),
        fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 10 }),
        async (writes, pauses) => {
          const spool = new Spool({ folder, memory: 50 })
          let sent = ''
          const writer = (async () => {
            for (const [at, [length, pause]] of writes.entries()) {
              const text = String.fromCharCode(65 + (at % 26)).repeat(length)
              sent += text
              await spool.write(Buffer.from(text))
              if (pause) await new Promise((next) => setImmediate(next))
            }
            spool.end()
          })()
          let got = ''
          let at = 0
          for await (const piece of spool.read()) {
            got += Buffer.from(piece).toString()
            at += 1
            for (let turn = pauses[at % pauses.length] ?? 0; turn > 0; turn -= 1)
              await new Promise((next) => setImmediate(next))
          }
          await writer
          expect(got).toBe(sent)
          await spool.close()
        },
      ),
      { numRuns: 150 },
    )
  })

  test('gives an error after the bytes before it', async () => {
    const spool = new Spool({ folder })
    await spool.write(Buffer.from('so far'))
    spool.fail(new Failure('s3/unreachable', 'gone'))
    let got = ''
    const reading = (async () => {
      for await (const piece of spool.read()) got += Buffer.from(piece).toString()
    })()
    await expect(reading).rejects.toMatchObject({ code: 's3/unreachable' })
    expect(got).toBe('so far')
  })

  test('ends a reader that waits when it is closed, and drops what still comes', async () => {
    const spool = new Spool({ folder })
    const reading = all(spool)
    await sleep(5)
    await spool.close()
    expect(await reading).toBe('')
    await spool.write(Buffer.from('late'))
    expect(spool.waiting).toBe(0)
    await spool.close()
  })

  test('says where it could not write', async () => {
    const spool = new Spool({ folder: '/dev/null/nowhere', memory: 1 })
    await expect(spool.write(Buffer.from('more'))).rejects.toMatchObject({
      code: 'disk/not-writable',
      message: expect.stringContaining('/dev/null/nowhere'),
    })
  })

  test('holds no more in memory than it was allowed', async () => {
    const spool = new Spool({ folder, memory: 1 << 20 })
    for (let at = 0; at < 500; at += 1) await spool.write(Buffer.alloc(100_000, at))
    expect(spool.inMemory).toBeLessThanOrEqual(1 << 20)
    expect(spool.waiting).toBe(50_000_000)
    await spool.close()
  })
})
