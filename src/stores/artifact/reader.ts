// Reading one artifact, from any run: a stream that goes on where it broke off, and is exactly as long as GitHub said.
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { Failure } from '../../domain/failure.ts'
import { artifactUrl, type ListedArtifact } from '../../github/artifacts.ts'
import { throwIfAborted } from '../../github/interrupted.ts'
import type { Connection } from './connection.ts'

const attempts = 5

interface Reading {
  readonly connection: Connection
  readonly artifact: ListedArtifact
  readonly doing: string
  readonly signal: AbortSignal
}

/** The artifact's bytes from `offset` on; undefined if it is gone meanwhile. */
export async function readArtifact(
  connection: Connection,
  key: string,
  artifact: ListedArtifact,
  offset: number,
  signal?: AbortSignal,
): Promise<Readable | undefined> {
  if (offset >= artifact.bytes) return Readable.from([])
  const closing = new AbortController()
  const ends = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal
  const reading = { connection, artifact, doing: `read ${connection.address}/${key}`, signal: ends }
  const first = await openPatiently(reading, offset)
  if (!first) return undefined
  const stream = Readable.from(chunks(reading, offset, first), { objectMode: false, highWaterMark: 256 * 1024 })
  // A generator that waits for the network does not hear of the stream's end otherwise.
  stream.once('close', () => closing.abort())
  return stream
}

async function* chunks(reading: Reading, offset: number, first: Body): AsyncGenerator<Uint8Array> {
  const { artifact, signal } = reading
  let body: Body | undefined = first
  let at = offset
  for (let failures = 0; at < artifact.bytes; ) {
    let broken: unknown
    try {
      for await (const chunk of body ?? []) {
        at += chunk.length
        failures = 0
        yield chunk
      }
    } catch (thrown) {
      broken = thrown
    }
    if (at >= artifact.bytes) break
    throwIfAborted(signal)
    failures += 1
    await pause(reading, broken, failures)
    body = await openPatiently(reading, at)
    if (!body) throw removed(reading)
  }
  if (at > artifact.bytes) throw tooLong(reading)
}

type Body = ReadableStream<Uint8Array>

/** Opens at an offset, again after transient errors of the store behind GitHub. */
async function openPatiently(reading: Reading, offset: number): Promise<Body | undefined> {
  for (let n = 1; ; n += 1) {
    try {
      return await openAt(reading, offset)
    } catch (thrown) {
      throwIfAborted(reading.signal)
      if (thrown instanceof Failure) throw thrown
      await pause(reading, thrown, n)
    }
  }
}

/** A fresh URL each time: it is good for a minute. */
async function openAt({ connection, artifact, doing, signal }: Reading, offset: number): Promise<Body | undefined> {
  const url = await artifactUrl(connection.github, artifact.id, artifact.name, signal)
  if (url === undefined) return undefined
  const answer = await fetch(url, { signal, headers: offset > 0 ? { range: `bytes=${offset}-` } : {} })
  if (answer.status >= 500 || answer.status === 429)
    throw new Error(`GitHub's artifact storage answered with status ${answer.status}`)
  if (answer.status === 404) return undefined
  const body = answer.body as Body | null
  const type = answer.headers.get('content-type') ?? ''
  const range = offset === 0 ? answer.status === 200 : answer.headers.get('content-range')?.startsWith(`bytes ${offset}-`)
  if (body && range && !/^application\/(x-)?zip\b/.test(type)) return body
  await body?.cancel()
  if (range && body) throw archived(artifact, doing)
  throw new Failure('github/unavailable', `could not ${doing}: GitHub's artifact storage answered with status ${answer.status}`, {
    hint: 'Check www.githubstatus.com, then run again.',
  })
}

async function pause({ connection, doing, signal }: Reading, thrown: unknown, n: number): Promise<void> {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
  const says = cause instanceof Error ? cause.message : 'the response ended early'
  const sentence = `could not ${doing}: the connection was lost (${says})`
  if (n >= attempts) {
    throw new Failure('github/unavailable', sentence, {
      hint: 'Check the network and www.githubstatus.com, then run again.',
      cause,
    })
  }
  const delay = 0.5 * 2 ** (n - 1) * (0.5 + Math.random() / 2)
  connection.note(`${sentence}. Trying again in ${delay.toFixed(1)} s.`)
  await connection.clock.sleep(delay, signal)
}

function archived({ name }: ListedArtifact, doing: string): Failure {
  return new Failure(
    'artifact/unknown-format',
    `could not ${doing}: the artifact ${name} is a ZIP archive, which Resguardo does not make`,
    {
      hint: 'Something else uploaded it. Remove it, or download and unpack it by hand.',
    },
  )
}

function removed({ doing }: Reading): Failure {
  return new Failure('store/object-changed', `could not ${doing}: the artifact was removed or expired while it was being read`, {
    hint: 'List the backups and choose another one.',
  })
}

function tooLong({ doing }: Reading): Failure {
  return new Failure('store/object-changed', `could not ${doing}: there are more bytes than GitHub lists`, {
    hint: 'Run again.',
  })
}
