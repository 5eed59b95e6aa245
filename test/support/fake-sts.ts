// Fakes of AWS STS (AssumeRoleWithWebIdentity only), and of a bucket that accepts only the keys that it issued.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Parameters of a request to STS. */
type Asked = Readonly<Record<string, string>>

export interface FakeSts {
  readonly endpoint: string
  readonly asked: Asked[]
  /** Lifetime of the next credentials, in seconds. */
  lifetime: number
  /** Errors to return for the next requests. */
  readonly errors: { readonly status: number; readonly code: string }[]
  /** Whether the key was issued with this session token and has not expired. */
  holds(accessKeyId: string, sessionToken: string | undefined): boolean
  close(): void
}

/** Starts the fake on a free loopback port; the n-th credentials are KEYn, secret and TOKENn. */
export async function fakeSts(): Promise<FakeSts> {
  const issued = new Map<string, { readonly token: string; readonly ends: number }>()
  const server = createServer(async (request, response) => {
    const asked = Object.fromEntries(new URLSearchParams(await bodyOf(request).then(String)))
    sts.asked.push(asked)
    const error = sts.errors.shift()
    if (error) return answer(response, error.status, errorXml(error.code))
    const n = issued.size + 1
    const ends = Date.now() + sts.lifetime * 1000
    issued.set(`KEY${n}`, { token: `TOKEN${n}`, ends })
    answer(response, 200, credentialsXml(n, new Date(ends)))
  })
  const sts: FakeSts = {
    endpoint: await listening(server),
    asked: [],
    lifetime: 3600,
    errors: [],
    holds(accessKeyId, sessionToken) {
      const found = issued.get(accessKeyId)
      return found !== undefined && found.token === sessionToken && found.ends > Date.now()
    },
    close: () => stop(server),
  }
  return sts
}

export interface FakeBucket {
  readonly endpoint: string
  /** The access key that each request was signed with, in order. */
  readonly keys: string[]
  close(): void
}

/** Starts a bucket for small objects on a free loopback port. It accepts only valid credentials of `sts`. */
export async function fakeBucket(sts: FakeSts): Promise<FakeBucket> {
  const objects = new Map<string, Buffer>()
  const server = createServer(async (request, response) => {
    const { method, url = '', headers } = request
    const body = await bodyOf(request)
    const key = /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? ''
    bucket.keys.push(key)
    if (!sts.holds(key, headers['x-amz-security-token']?.toString()))
      return answer(response, 403, s3Error('InvalidAccessKeyId'))
    const path = url.split('?')[0] ?? ''
    if (method === 'PUT') objects.set(path, body)
    const content = objects.get(path)
    if (!content) return answer(response, 404, s3Error('NoSuchKey'))
    response.setHeader('etag', `"${createHash('md5').update(content).digest('hex')}"`)
    answer(response, 200, method === 'GET' ? content : '')
  })
  const bucket: FakeBucket = { endpoint: await listening(server), keys: [], close: () => stop(server) }
  return bucket
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function stop(server: Server): void {
  server.close()
  server.closeAllConnections()
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function answer(response: ServerResponse, status: number, body: string | Buffer): void {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body) }).end(body)
}

function credentialsXml(n: number, ends: Date): string {
  const credentials = `<AccessKeyId>KEY${n}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>TOKEN${n}</SessionToken><Expiration>${ends.toISOString()}</Expiration>`
  return `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials>${credentials}</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`
}

function errorXml(code: string): string {
  return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>on cue</Message></Error><RequestId>1</RequestId></ErrorResponse>`
}

function s3Error(code: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>on cue</Message></Error>`
}
