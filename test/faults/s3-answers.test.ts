// An S3 store that responds with 5xx, has no conditional writes, or reports digests that differ from the sent bytes.
import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/ports/common.ts'
import { openS3Store } from '../../src/stores/s3/store.ts'
import { type HttpFront, httpFront } from '../support/http-front.ts'
import { realClock } from '../support/real-clock.ts'
import type { S3Server } from '../support/s3-server.ts'
import { sharedS3Server } from '../support/shared-s3-server.ts'
import { keysOf, readAll, sha256 } from '../support/store-reading.ts'

const content = randomBytes(20_000_000)
let server: S3Server
let bucket: string
let front: HttpFront

beforeAll(async () => {
  server = await sharedS3Server()
  bucket = await server.makeBucket()
  front = await httpFront(server.endpoint)
})
afterAll(async () => {
  front?.close()
  await server?.stop()
})
afterEach(() => {
  front.statuses = []
  front.change = undefined
})

function open(endpoint = front.endpoint): Store {
  const { region, accessKey, secretKey } = server
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey }
  const patience = { attempts: 4, firstDelay: 0.02, longestDelay: 0.1 }
  return openS3Store({ bucket, prefix: '', endpoint, region, credentials, patience }, { clock: realClock })
}

async function upload(key: string, bytes = content): Promise<{ bytes: number; digestConfirmed: boolean }> {
  const writer = await open().openWriter(key)
  try {
    await writer.write(bytes)
    return await writer.finish()
  } catch (error) {
    await writer.abort()
    throw error
  }
}

const stored = async (key: string) => sha256(await readAll(open(server.endpoint), key))
const visible = () => keysOf(open(server.endpoint), '')

/** Changes the ETag of answers to requests that match, so many times. */
function lie(about: RegExp, times = Number.POSITIVE_INFINITY, more: Record<string, string> = {}): void {
  let lies = 0
  front.change = (asked: IncomingMessage, headers) => {
    if (!about.test(`${asked.method} ${asked.url}`) || lies >= times) return
    lies += 1
    headers.etag = headers.etag?.replace(/[0-9a-f]{32}/, '0123456789abcdef0123456789abcdef')
    Object.assign(headers, more)
  }
}

describe('S3 server that responds with 5xx', () => {
  test('a request is retried after temporary 5xx responses', async () => {
    front.statuses = [503, 500, 503]
    expect(await upload('busy')).toEqual({ bytes: content.length, digestConfirmed: true })
    expect(await stored('busy')).toBe(sha256(content))
  })

  test('a request fails with a hint if every response is 5xx', async () => {
    front.statuses = [503, 503, 503, 503, 503, 503, 503, 503]
    await expect(open().create('never', Buffer.from('x'))).rejects.toMatchObject({
      code: 's3/unavailable',
      hint: expect.stringMatching(/\w/),
    })
  })

  test('a conditional write that gets 501 is replaced with a check and an unconditional write', async () => {
    front.statuses = [501]
    await open().create('plain', Buffer.from('x'))
    front.statuses = [501]
    await expect(open().create('plain', Buffer.from('y'))).rejects.toMatchObject({ code: 'store/object-exists' })
    front.statuses = [501]
    await open().create('plain', Buffer.from('x'))
  })
})

describe('S3 server that reports a wrong digest', () => {
  test('a part with a wrong digest is sent again', async () => {
    lie(/^PUT .*partNumber=2/, 1)
    expect(await upload('once')).toEqual({ bytes: content.length, digestConfirmed: true })
    expect(await stored('once')).toBe(sha256(content))
  })

  test('an upload fails without leaving an object if every digest of a part is wrong', async () => {
    lie(/^PUT .*partNumber=2/)
    await expect(upload('part')).rejects.toMatchObject({ code: 'store/upload-mismatch' })
    expect(await visible()).not.toContain('part')
    expect(await server.openUploads(bucket)).toEqual([])
  })

  test('an upload fails without leaving an object if the digest of the object is wrong', async () => {
    lie(/^HEAD /)
    await expect(upload('whole')).rejects.toMatchObject({ code: 'store/upload-mismatch' })
    expect(await visible()).not.toContain('whole')
  })

  test('a small object with a wrong digest fails without leaving an object', async () => {
    lie(/^PUT .*small/)
    await expect(upload('small', Buffer.from('small'))).rejects.toMatchObject({ code: 'store/upload-mismatch' })
    expect(await visible()).not.toContain('small')
  })

  test('an upload encrypted with KMS succeeds without a confirmed digest', async () => {
    lie(/^(PUT|HEAD) /, Number.POSITIVE_INFINITY, { 'x-amz-server-side-encryption': 'aws:kms' })
    // A real server would know its own part ETags; this one is told ours, and wants them back as it gave them.
    const tiny = Buffer.from('tiny')
    expect(await upload('kms', tiny)).toEqual({ bytes: tiny.length, digestConfirmed: false })
    expect(await stored('kms')).toBe(sha256(tiny))
  })
})
