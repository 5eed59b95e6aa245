// The memory store of the tests keeps the contract of a store, and fails on cue.
import { expect, test } from 'vitest'
import { storeContract } from '../contracts/store-contract.ts'
import { memoryStore } from '../support/memory-store.ts'
import { readAll } from '../support/store-reading.ts'

storeContract('the memory store', async () => ({ store: memoryStore() }))

test('it fails on cue', async () => {
  const store = memoryStore({
    failWrite: 2,
    failFinish: 1,
    failCreate: 1,
    failCheck: true,
    breakRead: 'half',
    corrupt: 'bad',
  })
  await expect(store.check(false)).rejects.toMatchObject({ code: 's3/unreachable' })
  await expect(store.create('a', Buffer.from('a'))).rejects.toMatchObject({ code: 's3/unreachable' })
  const writer = await store.openWriter('b')
  await writer.write(Buffer.from('1'))
  await expect(writer.write(Buffer.from('2'))).rejects.toMatchObject({ code: 's3/unreachable' })
  await expect(writer.finish()).rejects.toMatchObject({ code: 's3/unreachable' })
  await writer.abort()
  expect(store.unfinished.size).toBe(0)
  await store.create('half', Buffer.from('1234'))
  await expect(readAll(store, 'half')).rejects.toMatchObject({ code: 's3/unreachable' })
  await store.create('bad', Buffer.from('1234'))
  expect((await readAll(store, 'bad')).equals(Buffer.from('1234'))).toBe(false)
})

test('a stalled write ends when it is aborted', async () => {
  const store = memoryStore({ stallWrite: 1 })
  const writer = await store.openWriter('a')
  const write = writer.write(Buffer.from('1'))
  await writer.abort()
  await expect(write).rejects.toMatchObject({ code: 's3/unreachable' })
})
