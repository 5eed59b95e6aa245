// Reads one object: a stream that resumes after errors, and is exactly as long as the store reported.
import { Readable } from 'node:stream'
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { Failure } from '../../domain/failures/failure.ts'
import { throwIfAborted } from '../../domain/failures/interruption.ts'
import { Outage } from '../../domain/failures/outage.ts'
import type { Connection } from './client.ts'
import { plainEtag } from './digests.ts'
import { s3Code, s3Failure } from './errors.ts'
import { aborting, place, unlessMissing } from './object.ts'

interface Opened {
  readonly body: Readable
  /** Size of the whole object. */
  readonly size: number
  readonly etag: string
}

/** The object's bytes from `offset` on, or undefined if there is no such object. */
export async function readObject(
  connection: Connection,
  key: string,
  offset: number,
  signal?: AbortSignal,
): Promise<Readable | undefined> {
  const outage = new Outage(connection.patience)
  const reading = { connection, key, signal, outage, doing: `read ${connection.address}/${key}` }
  const first = await openAt(reading, offset)
  if (!first) return undefined
  const state = { body: first.body }
  const stream = Readable.from(chunks(reading, first, offset, state), { objectMode: false, highWaterMark: 256 * 1024 })
  // Otherwise a generator that waits for the network does not notice the end of the stream.
  stream.once('close', () => state.body.destroy())
  return stream
}

interface Reading {
  readonly connection: Connection
  readonly key: string
  readonly signal: AbortSignal | undefined
  readonly outage: Outage
  readonly doing: string
}

async function* chunks(
  reading: Reading,
  first: Opened,
  offset: number,
  state: { body: Readable },
): AsyncGenerator<Uint8Array> {
  const { connection, doing, outage, signal } = reading
  let at = offset
  for (;;) {
    let heard = connection.clock.seconds()
    try {
      for await (const chunk of state.body as AsyncIterable<Uint8Array>) {
        at += chunk.length
        outage.progress()
        yield chunk
        heard = connection.clock.seconds()
      }
      if (at >= first.size) break
      throw Object.assign(new Error('the response ended early'), { code: 'ERR_STREAM_PREMATURE_CLOSE' })
    } catch (thrown) {
      throwIfAborted(signal)
      if (thrown instanceof Failure) throw thrown
      const delay = outage.next(connection.clock.seconds() - heard, Math.random())
      if (delay === undefined) throw s3Failure(thrown, doing)
      await connection.pause(doing, thrown, delay, signal)
      state.body = await openAgain(reading, at, first)
    }
  }
  if (at > Math.max(first.size, offset)) throw changed(doing)
}

async function openAgain(reading: Reading, at: number, first: Opened): Promise<Readable> {
  const again = await openAt(reading, at)
  if (again && again.size === first.size && again.etag === first.etag) return again.body
  again?.body.destroy()
  throw changed(reading.doing)
}

function changed(doing: string): Failure {
  return new Failure(
    'store/object-changed',
    `could not ${doing}: the object was changed or removed while it was being read`,
    {
      hint: 'Run the command again. If it happens again, another program writes to this store.',
    },
  )
}

/** Undefined if the object is missing; an empty body if the offset is at or behind its end. */
async function openAt(
  { connection, key, signal, outage, doing }: Reading,
  offset: number,
): Promise<Opened | undefined> {
  const input = { ...place(connection, key), ...(offset > 0 && { Range: `bytes=${offset}-` }) }
  const answer = await connection.ask(
    doing,
    async (client, sdk) => {
      try {
        return await unlessMissing(client.send(new sdk.GetObjectCommand(input), aborting(signal)))
      } catch (thrown) {
        if (offset > 0 && s3Code(thrown) === 'InvalidRange') return 'behind the end'
        throw thrown
      }
    },
    { signal, outage },
  )
  if (answer === undefined) return undefined
  if (answer === 'behind the end') return { body: Readable.from([]), size: offset, etag: '' }
  return { body: answer.Body as Readable, size: wholeSize(answer, offset, doing), etag: plainEtag(answer.ETag) }
}

function wholeSize(answer: GetObjectCommandOutput, offset: number, doing: string): number {
  if (offset === 0 && answer.ContentLength !== undefined) return answer.ContentLength
  const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.ContentRange ?? '')
  if (range && Number(range[1]) === offset) return Number(range[2])
  ;(answer.Body as Readable | undefined)?.destroy()
  throw new Failure('store/no-range-requests', `could not ${doing}: the store did not return the requested range`, {
    hint: 'Use a store that supports HTTP Range requests.',
  })
}
