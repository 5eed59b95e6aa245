// Stands in for the package crc32-stream, through which archiver compresses each entry of a ZIP (docs/decisions/0010).
import { Transform, type TransformCallback } from 'node:stream'
import { constants, crc32, createDeflateRaw, type DeflateRaw, deflateRawSync, type ZlibOptions } from 'node:zlib'

/** Compressing so much takes less time than waking another thread for it. */
const little = 16 << 10
/** What is compressed in one go at most; more is a stream. */
const largest = 256 << 10
/** For rows as text faster than zlib's own choice, and no larger: a window of 16 KB stays close to the processor. */
const tuned = { windowBits: 14, memLevel: 9 }

/** Counts bytes and sums them up by CRC-32, as they are written. */
abstract class Summed extends Transform {
  #crc = 0
  #bytes = 0

  protected sum(chunk: Buffer): void {
    this.#crc = crc32(chunk, this.#crc)
    this.#bytes += chunk.length
  }

  digest(): Buffer
  digest(encoding: BufferEncoding): string
  digest(encoding?: BufferEncoding): Buffer | string {
    const digest = Buffer.alloc(4)
    digest.writeUInt32BE(this.#crc)
    return encoding ? digest.toString(encoding) : digest
  }

  hex(): string {
    return this.digest('hex').toUpperCase()
  }

  /** Bytes written. */
  size(_compressed = false): number {
    return this.#bytes
  }
}

/** Lets bytes through. */
export class CRC32Stream extends Summed {
  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.sum(chunk)
    done(null, chunk)
  }
}

/**
 * Compresses (raw deflate). The package makes a deflater for each entry: for thousands of small ones, setting them up,
 * waking threads for each and clearing them away is most of the work.
 */
export class DeflateCRC32Stream extends Summed {
  readonly #level: number
  #compressed = 0
  /** What has come so far, until it is too much to keep. */
  #held: Buffer[] = []
  #heldBytes = 0
  #deflater: DeflateRaw | undefined

  /** Of the options of zlib the level counts. */
  constructor({ level = constants.Z_DEFAULT_COMPRESSION }: ZlibOptions = {}) {
    super({ highWaterMark: largest })
    this.#level = level
  }

  override size(compressed = false): number {
    return compressed ? this.#compressed : super.size()
  }

  override push(chunk: Buffer | null): boolean {
    this.#compressed += chunk?.length ?? 0
    return super.push(chunk)
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.sum(chunk)
    if (this.#deflater) {
      this.#deflater.write(chunk, done)
      return
    }
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
    if (this.#heldBytes <= largest) {
      done()
      return
    }
    this.#deflater = createDeflateRaw({ ...tuned, level: this.#level, chunkSize: 1 << 16 })
    this.#deflater.on('data', (compressed: Buffer) => this.push(compressed))
    this.#deflater.on('error', (error) => this.destroy(error))
    this.#deflater.write(this.#takeHeld(), done)
  }

  override _flush(done: TransformCallback): void {
    if (this.#deflater) {
      this.#deflater.once('end', () => done())
      this.#deflater.end()
      return
    }
    const content = this.#takeHeld()
    if (content.length <= little) done(null, deflateRawSync(content, { ...tuned, level: this.#level, memLevel: 7 }))
    else deflateWhole(content, this.#level, done)
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#deflater?.destroy()
    done(error)
  }

  #takeHeld(): Buffer {
    const [first, ...more] = this.#held
    this.#held = []
    return first && more.length === 0 ? first : Buffer.concat([...(first ? [first] : []), ...more])
  }
}

/**
 * By level: deflaters that nobody uses now. Each takes a quarter of a MB, for which V8 would collect garbage if it were
 * new.
 */
const spare = new Map<number, DeflateRaw[]>()

/** In another thread. */
function deflateWhole(content: Buffer, level: number, done: TransformCallback): void {
  const idle = spare.get(level) ?? []
  spare.set(level, idle)
  const deflater = idle.pop() ?? newDeflater(level)
  deflater.once('error', done)
  deflater.write(content, (error) => {
    if (error) return // told by the event
    deflater.off('error', done)
    const compressed = deflater.read() as Buffer
    deflater.reset()
    idle.push(deflater)
    done(null, compressed)
  })
}

/** Ends its output after each write. */
function newDeflater(level: number): DeflateRaw {
  const options: ZlibOptions & { highWaterMark: number } = {
    ...{ ...tuned, level, chunkSize: largest, flush: constants.Z_FINISH },
    highWaterMark: 2 * largest, // or it would wait for somebody to read before it says that it is done
  }
  return createDeflateRaw(options)
}
