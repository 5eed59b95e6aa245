// The S3 store on a real S3 server: the contract of stores, and behavior specific to S3.
import { randomBytes } from 'node:crypto'
import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { S3Settings } from '../../src/stores/s3/settings.ts'
import { openS3Store } from '../../src/stores/s3/store.ts'
import { storeContract } from '../contracts/store-contract.ts'
import { realClock } from '../support/real-clock.ts'
import type { S3Server } from '../support/s3-server.ts'
import { sharedS3Server } from '../support/shared-s3-server.ts'
import { keysOf, readAll, sha256 } from '../support/store-reading.ts'

let server: S3Server
let bucket: string

beforeAll(async () => {
  server = await sharedS3Server()
  bucket = await server.makeBucket()
})
afterAll(async () => server?.stop())

function open(changes: Partial<S3Settings> = {}) {
  const { endpoint, region, accessKey, secretKey } = server
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey }
  const patience = { attempts: 3, firstDelay: 0.05, longestDelay: 0.2, connectTimeout: 3 }
  return openS3Store(
    { bucket, prefix: 'a/b', endpoint, region, credentials, patience, ...changes },
    { clock: realClock },
  )
}

storeContract('the S3 store', async () => ({ store: open({ prefix: 'contract' }), severalParts: 20_000_000 }))

describe('the S3 store', () => {
  test.each([0, 1, 8 * 1024 ** 2, 8 * 1024 ** 2 + 1, 30_000_000])('confirms the digest of %i bytes', async (size) => {
    const content = randomBytes(size)
    const writer = await open().openWriter('digest')
    await writer.write(content)
    expect(await writer.finish()).toEqual({ bytes: size, digestConfirmed: true })
    const { Body } = await server.client.send(new GetObjectCommand({ Bucket: bucket, Key: 'a/b/digest' }))
    expect(sha256((await Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(sha256(content))
  })

  test('keys lie below the prefix, and only those are seen', async () => {
    await open({ prefix: '' }).create('a/bc/x', Buffer.from('x'))
    await open({ prefix: 'only' }).create('x', Buffer.from('x'))
    expect(await keysOf(open({ prefix: 'only' }), '')).toEqual(['x'])
    expect(await keysOf(open({ prefix: '' }), 'only')).toEqual(['only/x'])
    await server.client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'only/x' }))
  })

  test('an upload that is abandoned at once leaves no open upload', async () => {
    const own = await server.makeBucket()
    const writer = await open({ bucket: own }).openWriter('x')
    const write = writer.write(randomBytes(20_000_000)).catch(() => undefined)
    await writer.abort()
    await write
    expect(await server.openUploads(own)).toEqual([])
    expect(await keysOf(open({ bucket: own }), '')).toEqual([])
  })

  const wrong: [string, () => Partial<S3Settings>, string][] = [
    ['a bucket that does not exist', () => ({ bucket: 'resguardo-no-such-bucket' }), 's3/no-such-bucket'],
    [
      'an unknown access key',
      () => ({ credentials: { accessKeyId: 'NOBODY', secretAccessKey: 'x' } }),
      's3/bad-credentials',
    ],
    [
      'a wrong secret',
      () => ({ credentials: { accessKeyId: server.accessKey, secretAccessKey: 'topsecret' } }),
      's3/bad-credentials',
    ],
    ['an unknown host', () => ({ endpoint: 'http://no-such-host.invalid' }), 's3/unreachable'],
    ['a port on which nobody listens', () => ({ endpoint: 'http://127.0.0.1:9' }), 's3/unreachable'],
  ]
  test.each(wrong)('check tells %s', async (_, changes, code) => {
    const failure = await open(changes())
      .check(true)
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({ code, hint: expect.stringMatching(/\w+/) })
    expect(String(failure)).not.toContain('topsecret')
  })

  test('a large estimate makes larger parts and says how much memory they take', async () => {
    const store = open()
    expect(store.describeMemory()).toBe(3 * 8 * 1024 ** 2)
    expect(store.describeMemory(1e12)).toBeGreaterThan(3 * 150e6)
    const content = randomBytes(12_000_000)
    const writer = await store.openWriter('large-estimate', { estimate: 100e9 })
    await writer.write(content)
    expect(await writer.finish()).toEqual({ bytes: content.length, digestConfirmed: true })
    expect(sha256(await readAll(store, 'large-estimate'))).toBe(sha256(content))
  })
})
