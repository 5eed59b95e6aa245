// Parses what a master sends to a new replica: lines, some of them empty, then an RDB that follows its length or
// precedes an end mark.
import { Failure } from '../../../domain/failures/failure.ts'
import { formatBytes } from '../../../domain/text/quantities.ts'
import type { RawConnection } from '../connection/connect.ts'
import { detectedFailure, explainRedis } from '../connection/errors.ts'
import { ReplyError } from '../connection/resp.ts'

const markSize = 40
const longestLine = 4096

/** How the RDB is framed. */
export type Frame = { readonly length: number } | { readonly mark: Buffer }

/**
 * Reads from a connection that requests replication. `silence`: seconds without a byte after which the connection is
 * closed.
 */
export class ReplicaBytes {
  readonly #connection: RawConnection
  readonly #silence: number
  #rest: Buffer = Buffer.alloc(0)

  constructor(connection: RawConnection, silence: number) {
    this.#connection = connection
    this.#silence = silence
  }

  /**
   * Returns the next line that is not empty: a busy server sends empty lines as a keepalive. Throws ReplyError for an
   * error reply.
   */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#rest.indexOf(0x0a)
      if (end < 0 && this.#rest.length > longestLine)
        throw new Failure('redis/protocol', `${this.#where} sent no reply where one was expected`)
      if (end < 0) {
        this.#rest = Buffer.concat([this.#rest, await this.#read()])
        continue
      }
      const line = this.#rest.toString('latin1', 0, end).trim()
      this.#rest = this.#rest.subarray(end + 1)
      if (line.startsWith('-')) throw new ReplyError(line.slice(1))
      if (line !== '') return line
    }
  }

  async frame(): Promise<Frame> {
    const line = await this.line()
    const [, length, mark] = /^\$(?:(\d+)|EOF:(.{40}))$/.exec(line) ?? []
    if (length !== undefined) return { length: Number(length) }
    if (mark !== undefined) return { mark: Buffer.from(mark, 'latin1') }
    throw new Failure('redis/protocol', `${this.#where} sent no RDB where one was expected`)
  }

  async *rdb(frame: Frame): AsyncGenerator<Buffer> {
    yield* 'length' in frame ? this.#counted(frame.length) : this.#marked(frame.mark)
  }

  async *#counted(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      const chunk = await this.#next(length - left, length)
      const wanted = chunk.subarray(0, left)
      left -= wanted.length
      yield wanted
    }
  }

  async *#marked(mark: Buffer): AsyncGenerator<Buffer> {
    let tail: Buffer = Buffer.alloc(0)
    for (let bytes = 0; ; ) {
      const chunk = await this.#next(bytes, undefined)
      bytes += chunk.length
      // Only the last 40 bytes are held back: they may be the mark.
      const whole = chunk.length >= markSize && tail.length > 0 ? chunk : Buffer.concat([tail, chunk])
      if (whole === chunk) yield tail
      const kept = Math.max(0, whole.length - markSize)
      tail = Buffer.from(whole.subarray(kept))
      if (kept > 0) yield whole.subarray(0, kept)
      if (tail.equals(mark)) return
    }
  }

  async #next(done: number, length: number | undefined): Promise<Buffer> {
    try {
      if (this.#rest.length === 0) return await this.#read()
      const rest = this.#rest
      this.#rest = Buffer.alloc(0)
      return rest
    } catch (error) {
      const failure = explainRedis(error, this.#where)
      if (failure.kind !== 'unreachable') throw failure
      const sofar = length === undefined ? formatBytes(done) : `${formatBytes(done)} of ${formatBytes(length)}`
      throw new Failure(
        'redis/connection-lost',
        `the connection to ${this.#where} was lost after ${sofar} of its data`,
        {
          hint: 'The server stopped or closed the connection; see its log (limits: client-output-buffer-limit, repl-timeout). No backup was made. Run again.',
          cause: failure,
        },
      )
    }
  }

  async #read(): Promise<Buffer> {
    const late = setTimeout(() => {
      this.#connection.close(
        new Failure('redis/timeout', `${this.#where} has sent nothing for ${this.#silence} seconds`),
      )
    }, this.#silence * 1000)
    try {
      const chunk = await this.#connection.readBytes()
      if (chunk) return chunk
      throw detectedFailure('redis/connection-lost', this.#where)
    } finally {
      clearTimeout(late)
    }
  }

  get #where(): string {
    return this.#connection.display
  }
}
