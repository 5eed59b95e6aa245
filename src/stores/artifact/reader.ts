// Reads one artifact of any run: a stream that resumes after errors, and is exactly as long as GitHub lists.
import { Readable } from 'node:stream'
import { Failure } from '../../domain/failures/failure.ts'
import { throwIfAborted } from '../../domain/failures/interruption.ts'
import { Outage, type RetryLimits } from '../../domain/failures/outage.ts'
import { artifactUrl, type ListedArtifact } from '../../github/artifacts.ts'
import type { Connection } from './connection.ts'
import { download } from './silent-download.ts'

const usualLimits: RetryLimits = { attempts: 5, firstDelay: 0.5, longestDelay: 15, idleTimeout: 30, longestOutage: 120 }

function limitsOf({ settings }: Connection): RetryLimits {
  return { ...usualLimits, ...settings.limits }
}

interface Reading {
  readonly connection: Connection
  readonly artifact: ListedArtifact
  readonly doing: string
  readonly signal: AbortSignal
  readonly outage: Outage
}

/** The artifact's bytes from `offset` on; undefined if it was removed meanwhile. */
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
  const outage = new Outage(limitsOf(connection))
  const reading = { connection, artifact, outage, doing: `read ${connection.address}/${key}`, signal: ends }
  const first = await openPatiently(reading, offset)
  if (!first) return undefined
  const stream = Readable.from(chunks(reading, offset, first), { objectMode: false, highWaterMark: 256 * 1024 })
  // Otherwise a generator that waits for the network does not notice the end of the stream.
  stream.once('close', () => closing.abort())
  return stream
}

async function* chunks(reading: Reading, offset: number, first: Body): AsyncGenerator<Uint8Array> {
  const { artifact, connection, outage, signal } = reading
  let body: Body | undefined = first
  for (let at = offset; at < artifact.bytes; ) {
    let broken: unknown
    let heard = connection.clock.seconds()
    try {
      for await (const chunk of body ?? []) {
        at += chunk.length
        outage.progress()
        yield chunk
        heard = connection.clock.seconds()
      }
    } catch (thrown) {
      broken = thrown
    }
    if (at > artifact.bytes) throw tooLong(reading)
    if (at === artifact.bytes) break
    throwIfAborted(signal)
    await pause(reading, broken, heard)
    body = await openPatiently(reading, at)
    if (!body) throw removed(reading)
  }
}

type Body = AsyncIterable<Uint8Array>

/** Opens at an offset. Retries transient errors of GitHub's artifact storage. */
async function openPatiently(reading: Reading, offset: number): Promise<Body | undefined> {
  for (;;) {
    const began = reading.connection.clock.seconds()
    try {
      return await openAt(reading, offset)
    } catch (thrown) {
      throwIfAborted(reading.signal)
      if (thrown instanceof Failure) throw thrown
      await pause(reading, thrown, began)
    }
  }
}

/** Requests a new URL each time, because it is valid for one minute. */
async function openAt(reading: Reading, offset: number): Promise<Body | undefined> {
  const { connection, artifact, doing, signal } = reading
  const url = await artifactUrl(connection.github, artifact.id, artifact.name, signal)
  if (url === undefined) return undefined
  const { answer, body, close } = await download(url, offset > 0 ? { range: `bytes=${offset}-` } : {}, {
    signal,
    idleTimeout: limitsOf(connection).idleTimeout,
  })
  const type = answer.headers.get('content-type') ?? ''
  const range =
    offset === 0 ? answer.status === 200 : answer.headers.get('content-range')?.startsWith(`bytes ${offset}-`)
  if (body && range && !/^application\/(x-)?zip\b/.test(type)) return body
  close()
  if (answer.status >= 500 || answer.status === 429)
    throw new Error(`GitHub's artifact storage answered with status ${answer.status}`)
  if (answer.status === 404) return undefined
  if (range && body) throw archived(artifact, doing)
  throw new Failure(
    'github/unavailable',
    `could not ${doing}: GitHub's artifact storage answered with status ${answer.status}`,
    {
      hint: 'Check www.githubstatus.com, then run again.',
    },
  )
}

/** `since`: start of the attempt, or time of the last received bytes. */
async function pause({ connection, doing, outage, signal }: Reading, thrown: unknown, since: number): Promise<void> {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown
  const says = cause instanceof Error ? cause.message : 'the response ended early'
  const sentence = `could not ${doing}: the connection was lost (${says})`
  const delay = outage.next(connection.clock.seconds() - since, Math.random())
  if (delay === undefined) {
    throw new Failure('github/unavailable', sentence, {
      hint: 'Check the network and www.githubstatus.com, then run again.',
      cause,
    })
  }
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
  return new Failure(
    'store/object-changed',
    `could not ${doing}: the artifact was removed or expired while it was being read`,
    {
      hint: 'List the backups and choose another one.',
    },
  )
}

function tooLong({ doing }: Reading): Failure {
  return new Failure('store/object-changed', `could not ${doing}: there are more bytes than GitHub lists`, {
    hint: 'Run again.',
  })
}
