// An S3 server that completes a write after the client was interrupted: no object remains, or prune removes it.
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openS3Store } from '../../src/stores/s3/store.ts'
import { startAgingProxy } from '../soak/aging-proxy.ts'
import { resguardo, startResguardo } from '../support/command-line.ts'
import { type HttpFront, httpFront } from '../support/http-front.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { realClock } from '../support/real-clock.ts'
import { temporaryFolder } from '../support/real-world.ts'
import type { S3Server } from '../support/s3-server.ts'
import { sharedS3Server } from '../support/shared-s3-server.ts'
import { keysOf } from '../support/store-reading.ts'

/** Two seconds are promised; a busy machine gets twice that. Without the limits it was five seconds or more. */
const secondsToEnd = 4

let server: S3Server
let bucket: string
let front: HttpFront

beforeAll(async () => {
  server = await sharedS3Server()
})
afterAll(() => server?.stop())

beforeEach(async () => {
  bucket = await server.makeBucket()
  front = await httpFront(server.endpoint)
})
afterEach(() => front.close())

/** Five times as long between looks, and until cleanup gives up: a busy machine may take a second for one request. */
const slowClock = {
  ...realClock,
  sleep: (seconds: number, signal?: AbortSignal) => realClock.sleep(seconds * 5, signal),
}

function open(endpoint: string) {
  const { region, accessKey, secretKey } = server
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey }
  return openS3Store({ bucket, prefix: '', endpoint, region, credentials }, { clock: slowClock })
}

const visible = () => keysOf(open(server.endpoint), '')

/** The request that makes an object visible. */
const isWrite = ({ method, url = '' }: IncomingMessage) =>
  (method === 'PUT' && !url.includes('partNumber=')) || (method === 'POST' && url.includes('uploadId='))

interface DelayedWrite {
  /** Resolves when the front has the write. */
  readonly received: Promise<void>
  /** Resolves when the server has answered. */
  readonly answered: Promise<void>
  /** The server gets the write. */
  release(): void
}

function delayWrite(matches = isWrite): DelayedWrite {
  const received = Promise.withResolvers<void>()
  const released = Promise.withResolvers<void>()
  const answered = Promise.withResolvers<void>()
  front.delay = (asked) => {
    if (!matches(asked)) return undefined
    received.resolve()
    return released.promise
  }
  front.change = (asked) => {
    if (matches(asked)) answered.resolve()
  }
  return { received: received.promise, answered: answered.promise, release: released.resolve }
}

/** The server gets the write after the first look of the client, and completes it before the second. */
function releaseAfterLook({ release, answered }: DelayedWrite): void {
  const { delay, change } = front
  let looks = 0
  front.delay = (asked) => {
    if (asked.method === 'HEAD') looks += 1
    return asked.method === 'HEAD' && looks > 1 ? answered : delay?.(asked)
  }
  front.change = (asked, headers) => {
    if (asked.method === 'HEAD') release()
    change?.(asked, headers)
  }
}

describe.each([
  ['one request', 1000],
  ['several parts', 20_000_000],
])('interrupted upload in %s that the server completes', (_, bytes) => {
  test.each([
    ['after the interruption', ({ release }: DelayedWrite) => release()],
    ['after the client looked', releaseAfterLook],
  ])('no object remains if the server completes the write %s', async (_moment, complete) => {
    const interruption = new AbortController()
    const writer = await open(front.endpoint).openWriter('late', { signal: interruption.signal })
    const write = delayWrite()
    await writer.write(randomBytes(bytes))
    const finishing = expect(writer.finish()).rejects.toMatchObject({ code: 'interrupted' })
    await write.received
    interruption.abort()
    complete(write)
    await finishing
    await writer.abort()
    await write.answered
    expect(await visible()).toEqual([])
    expect(await server.openUploads(bucket)).toEqual([])
  })
})

describe('interrupted backup whose last write the server completes', () => {
  let postgres: TestPostgres
  let folder: string
  beforeAll(async () => {
    postgres = await startPostgres()
    await postgres.createDatabase('shop')
    await postgres.query('shop', 'CREATE TABLE sale AS SELECT 1 AS id')
    folder = await temporaryFolder('late-writes')
  })
  afterAll(async () => {
    await postgres?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const environment = (endpoint = server.endpoint) => ({
    DATABASE_URL: postgres.url('shop'),
    AWS_ACCESS_KEY_ID: server.accessKey,
    AWS_SECRET_ACCESS_KEY: server.secretKey,
    AWS_REGION: server.region,
    AWS_ENDPOINT_URL_S3: endpoint,
    TMPDIR: folder,
  })

  const store = () => ['--store', `s3://${bucket}`]

  /** Interrupts a backup during a write that the server completes after the backup has ended. */
  async function interruptAt(pattern: RegExp): Promise<void> {
    const write = delayWrite((asked) => isWrite(asked) && pattern.test(asked.url ?? ''))
    const { child, finished } = startResguardo(['backup', ...store()], environment(front.endpoint))
    await Promise.race([write.received, finished])
    const began = performance.now()
    child.kill('SIGINT')
    expect((await finished).code).toBe(130)
    expect((performance.now() - began) / 1000).toBeLessThan(secondsToEnd)
    write.release()
    await write.answered
  }

  test('the command ends promptly, and prune removes the payload that the server completed', async () => {
    await interruptAt(/\.dump/)
    expect(await visible()).toHaveLength(1)
    const aged = await startAgingProxy(server.endpoint)
    try {
      expect((await resguardo(['prune', ...store()], environment(aged.endpoint))).code).toBe(0)
    } finally {
      aged.close()
    }
    expect(await visible()).toEqual([])
  })

  test('the command ends promptly, and all payloads of the completed manifest are complete', async () => {
    await interruptAt(/manifest\.json/)
    const [key = ''] = (await visible()).filter((each) => each.endsWith('manifest.json'))
    const { code, stderr } = await resguardo(['checksum', key.split('/')[1] ?? '', ...store()], environment())
    expect({ code, stderr }).toMatchObject({ code: 0 })
  })
})
