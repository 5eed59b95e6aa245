// Faults of the connection to a real S3 server: resets, stalls, lost responses; and Object Lock.
import { randomBytes } from 'node:crypto'
import { PutObjectLegalHoldCommand, PutObjectRetentionCommand } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/ports/common.ts'
import type { S3Settings } from '../../src/stores/s3/settings.ts'
import { openS3Store } from '../../src/stores/s3/store.ts'
import { type CutProxy, cutProxy } from '../support/cut-proxy.ts'
import { realClock } from '../support/real-clock.ts'
import type { S3Server } from '../support/s3-server.ts'
import { sharedS3Server } from '../support/shared-s3-server.ts'
import { collect, keysOf, readAll, sha256 } from '../support/store-reading.ts'

const MB = 1_000_000
const content = randomBytes(30 * MB)
let server: S3Server
let bucket: string
let proxy: CutProxy
let notes: string[] = []

beforeAll(async () => {
  server = await sharedS3Server()
  bucket = await server.makeBucket()
  proxy = await cutProxy(server.endpoint)
  await open({ endpoint: server.endpoint }).create('warm', Buffer.from('x'))
})
afterAll(async () => {
  await proxy?.close()
  await server?.stop()
})
afterEach(() => {
  proxy.set({})
  notes = []
})

/** The store under test: through the proxy, with less patience than usual, but enough for a busy machine. */
function open(changes: Partial<S3Settings> = {}): Store {
  const { region, accessKey, secretKey } = server
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey }
  const patience = { attempts: 4, firstDelay: 0.05, longestDelay: 0.2, connectTimeout: 10, idleTimeout: 3 }
  const settings = { bucket, prefix: '', endpoint: proxy.endpoint, region, credentials, patience, ...changes }
  return openS3Store(settings, { clock: realClock, note: (sentence) => notes.push(sentence) })
}

async function upload(store: Store, key: string): Promise<{ bytes: number; digestConfirmed: boolean }> {
  const writer = await store.openWriter(key)
  try {
    for (let at = 0; at < content.length; at += MB) await writer.write(content.subarray(at, at + MB))
    return await writer.finish()
  } catch (error) {
    await writer.abort()
    throw error
  }
}

/** What is stored, looked at past the proxy. Digests, since a test that fails would print all bytes. */
const stored = (key: string) => digest(open({ endpoint: server.endpoint }), key)

async function digest(store: Store, key: string): Promise<string> {
  return sha256(await readAll(store, key))
}

describe('upload to S3', () => {
  test('an upload whose connection is reset is retried and stored intact', async () => {
    proxy.set({ after: 12 * MB, mode: 'reset' })
    expect(await upload(open(), 'cut')).toEqual({ bytes: content.length, digestConfirmed: true })
    expect(proxy.seen.faults).toBe(1)
    expect(notes.join()).toContain('the connection was closed')
    expect(await stored('cut')).toBe(sha256(content))
  })

  test('an upload whose connection stalls is retried after the timeout and stored intact', async () => {
    proxy.set({ after: 12 * MB, mode: 'stall' })
    expect(await upload(open(), 'stall')).toEqual({ bytes: content.length, digestConfirmed: true })
    expect(proxy.seen.faults).toBe(1)
    expect(notes.join()).toContain('the connection stalled')
    expect(await stored('stall')).toBe(sha256(content))
  })

  test('an upload that is reset on every attempt fails and leaves no object or open multipart upload', async () => {
    const own = await server.makeBucket()
    proxy.set({ after: 12 * MB, mode: 'reset', times: Number.POSITIVE_INFINITY, only: /^PUT .*partNumber=/ })
    await expect(upload(open({ bucket: own }), 'dead')).rejects.toMatchObject({
      code: 's3/unreachable',
      hint: expect.stringMatching(/network/),
    })
    expect(await server.openUploads(own)).toEqual([])
    expect(await keysOf(open({ bucket: own, endpoint: server.endpoint }), '')).toEqual([])
  })

  test('a lost response to CreateMultipartUpload leaves no open multipart upload', async () => {
    const own = await server.makeBucket()
    const begin = /^POST .*uploads/
    proxy.set({ after: 1, mode: 'lose-answer', only: begin })
    await upload(open({ bucket: own }), 'begun')
    expect(proxy.seen.faults).toBe(1)
    expect(await server.openUploads(own)).toEqual([])
    proxy.set({ after: 1, mode: 'lose-answer', only: begin, times: Number.POSITIVE_INFINITY })
    await expect(upload(open({ bucket: own }), 'never')).rejects.toMatchObject({ code: 's3/unreachable' })
    expect(await server.openUploads(own)).toEqual([])
  })

  test('an upload whose completion succeeds but whose response is lost is found complete', async () => {
    proxy.set({ after: 1, mode: 'lose-answer', only: /^POST .*uploadId=/ })
    expect(await upload(open(), 'completed')).toEqual({ bytes: content.length, digestConfirmed: true })
    expect(proxy.seen.faults).toBe(1)
    expect(await stored('completed')).toBe(sha256(content))
  })

  test('an upload whose completion and checks get no response fails and leaves no object', async () => {
    const own = await server.makeBucket()
    proxy.set({ after: 1, mode: 'lose-answer', only: /^(POST|HEAD) .*(uploadId=| HTTP)/, times: 5 })
    await expect(upload(open({ bucket: own }), 'unheard')).rejects.toMatchObject({ code: 's3/unreachable' })
    expect(await server.openUploads(own)).toEqual([])
    expect(await keysOf(open({ bucket: own, endpoint: server.endpoint }), '')).toEqual([])
  })
})

describe('creation of a manifest on S3', () => {
  const manifest = Buffer.from('{"format":"resguardo/1"}')

  test('a manifest whose response is lost is compared and accepted', async () => {
    proxy.set({ after: 1, mode: 'lose-answer', only: /^PUT / })
    await open().create('manifest.json', manifest)
    expect(proxy.seen.faults).toBe(1)
    expect((await readAll(open(), 'manifest.json')).equals(manifest)).toBe(true)
  })

  test('a manifest whose every response is lost is compared and accepted', async () => {
    proxy.set({ after: 1, mode: 'lose-answer', only: /^PUT /, times: 4 })
    await open().create('manifest-2.json', manifest)
    expect(proxy.seen.faults).toBe(4)
    expect((await readAll(open(), 'manifest-2.json')).equals(manifest)).toBe(true)
  })
})

describe('download from S3', () => {
  beforeAll(() => upload(open({ endpoint: server.endpoint }), 'download'))

  test.each(['reset-answer', 'stall-answer'] as const)(
    'an interrupted download is resumed and intact: %s',
    async (mode) => {
      proxy.set({ after: 10 * MB, mode })
      expect(await digest(open(), 'download')).toBe(sha256(content))
      expect(proxy.seen.faults).toBe(1)
      expect(proxy.seen.down).toBeLessThan(35 * MB)
    },
  )

  test('a download that is reset on every attempt fails', async () => {
    proxy.set({ after: 10 * MB, mode: 'reset-answer', times: Number.POSITIVE_INFINITY })
    await expect(digest(open(), 'download')).rejects.toMatchObject({ code: 's3/unreachable' })
  })

  test('a download of an object that is replaced in the meantime does not mix both contents', async () => {
    await upload(open({ endpoint: server.endpoint }), 'replaced')
    const stream = await open().readUnverified('replaced')
    const chunks = stream?.[Symbol.asyncIterator]()
    await chunks?.next()
    // Nobody reads on for now, so that most of the old object has not been sent yet.
    const writer = await open({ endpoint: server.endpoint }).openWriter('replaced')
    await writer.write(randomBytes(content.length))
    await writer.finish()
    proxy.set({ after: 1, mode: 'reset-answer' })
    const reading = (async () => {
      while (!(await chunks?.next())?.done);
    })()
    await expect(reading).rejects.toMatchObject({ code: 'store/object-changed' })
  })
})

describe('S3 server that accepts connections and does not respond', () => {
  const patience = {
    attempts: 7,
    firstDelay: 0.05,
    longestDelay: 0.2,
    connectTimeout: 10,
    idleTimeout: 1,
    longestOutage: 4,
  }
  const work: Record<string, (store: Store) => Promise<unknown>> = {
    'a check': (store) => store.check(true),
    'a listing': (store) => keysOf(store, ''),
    'a download': (store) => digest(store, 'asleep'),
    'an upload': (store) => upload(store, 'never'),
    'a small object': (store) => store.create('never.json', Buffer.from('{}')),
    'a removal': (store) => collect(store.remove(['never'])),
    'a search for leftovers': (store) => collect(store.leftovers('')),
    'the time': (store) => store.now(),
  }
  beforeAll(() => upload(open({ endpoint: server.endpoint }), 'asleep'))

  test.concurrent.each(Object.keys(work))('%s fails within the time limit', async (name) => {
    const own = await cutProxy(server.endpoint, { after: 0, mode: 'stall-answer', times: Number.POSITIVE_INFINITY })
    try {
      const began = performance.now()
      const store = open({ endpoint: own.endpoint, patience })
      await expect(work[name]?.(store)).rejects.toMatchObject({ code: 's3/unreachable', exitCode: 6 })
      const seconds = (performance.now() - began) / 1000
      expect(seconds).toBeGreaterThan(patience.idleTimeout)
      // Cleanup, and the check of a possibly completed write, make one more attempt.
      expect(seconds).toBeLessThan(patience.longestOutage + 4 * patience.idleTimeout)
    } finally {
      await own.close()
    }
  })

  test.each(['stall', 'stall-answer'] as const)(
    'a transfer that stalls before completion fails within the time limit: %s',
    async (mode) => {
      const store = open({ patience })
      proxy.set({ after: 12 * MB, mode, times: Number.POSITIVE_INFINITY })
      const began = performance.now()
      const transfer = mode === 'stall' ? upload(store, 'midway') : digest(store, 'asleep')
      await expect(transfer).rejects.toMatchObject({ code: 's3/unreachable' })
      expect((performance.now() - began) / 1000).toBeLessThan(2 * patience.longestOutage + 4)
    },
  )
})

test('objects under Object Lock are kept and reported with the end of their retention', async () => {
  const locked = await server.makeBucket(undefined, { objectLock: true })
  const store = open({ bucket: locked })
  for (const key of ['free', 'held', 'until']) await store.create(key, Buffer.from(key))
  const until = new Date(Math.ceil(Date.now() / 1000) * 1000 + 60_000)
  const at = { Bucket: locked, Key: 'until' }
  await server.client.send(
    new PutObjectRetentionCommand({ ...at, Retention: { Mode: 'GOVERNANCE', RetainUntilDate: until } }),
  )
  await server.client.send(new PutObjectLegalHoldCommand({ Bucket: locked, Key: 'held', LegalHold: { Status: 'ON' } }))
  expect(await collect(store.remove(['until', 'free', 'held', 'missing']))).toEqual([
    { key: 'until', outcome: 'retained', until },
    { key: 'free', outcome: 'removed' },
    { key: 'held', outcome: 'retained', until: undefined },
    { key: 'missing', outcome: 'removed' },
  ])
  expect(await keysOf(store, '')).toEqual(['held', 'until'])
  await server.client.send(new PutObjectLegalHoldCommand({ Bucket: locked, Key: 'held', LegalHold: { Status: 'OFF' } }))
})
