// Writes one object of unknown length: parts are filled, sent concurrently, and combined at the end.
import { Failure } from '../../domain/failures/failure.ts'
import { throwIfAborted } from '../../domain/failures/interruption.ts'
import type { StoreWriter, Written } from '../../ports/common.ts'
import type { Connection } from './client.ts'
import { PartBuffers } from './part-buffers.ts'
import { firstPartSize, mostParts, partSize } from './parts.ts'
import { defaultPartsInFlight } from './settings.ts'
import { Upload } from './upload.ts'

interface Options {
  readonly estimate?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Bytes of memory that an upload of about `estimate` bytes needs. It grows only if more than 7,500 parts are needed.
 */
export function uploadMemory(partsInFlight: number | undefined, estimate: number | undefined): number {
  return (partsInFlight ?? defaultPartsInFlight) * firstPartSize(estimate)
}

/** Writes one object; one that fits in a part goes in a single request. Follows the contract of `StoreWriter`. */
export class S3Writer implements StoreWriter {
  readonly #upload: Upload
  readonly #buffers: PartBuffers
  readonly #firstSize: number
  readonly #where: string
  readonly #signal: AbortSignal
  readonly #cancelling = new AbortController()
  readonly #inFlight = new Set<Promise<void>>()
  #buffer: Buffer | undefined
  #filled = 0
  #part = 1
  #bytes = 0
  #failure: unknown
  #finished = false
  #abandoning: Promise<void> | undefined

  constructor(connection: Connection, key: string, { estimate, signal }: Options = {}) {
    this.#upload = new Upload(connection, key)
    this.#where = `${connection.address}/${key}`
    this.#buffers = new PartBuffers(Math.max(2, connection.settings.maxPartsInFlight ?? defaultPartsInFlight))
    this.#firstSize = firstPartSize(estimate)
    this.#signal = signal ? AbortSignal.any([signal, this.#cancelling.signal]) : this.#cancelling.signal
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      const size = partSize(this.#firstSize, this.#part)
      this.#buffer ??= await this.#freeBuffer(size)
      const taken = Math.min(chunk.length - at, size - this.#filled)
      this.#buffer.set(chunk.subarray(at, at + taken), this.#filled)
      this.#filled += taken
      this.#bytes += taken
      at += taken
      // A full part is sent when more bytes follow, so that an object of exactly one part needs a single request.
      if (this.#filled === size && at < chunk.length) this.#send()
    }
    this.#throwIfFailed()
  }

  async finish(): Promise<Written> {
    this.#throwIfFailed()
    const digestConfirmed = this.#part === 1 ? await this.#putWhole() : await this.#complete()
    this.#finished = true
    this.#buffers.clear()
    return { bytes: this.#bytes, digestConfirmed }
  }

  async abort(): Promise<void> {
    if (this.#finished) return
    this.#abandoning ??= this.#abandon()
    await this.#abandoning
  }

  async #abandon(): Promise<void> {
    const isInterrupted = this.#signal.aborted
    this.#cancelling.abort(new Failure('interrupted', `the upload of ${this.#where} was abandoned`))
    await this.#upload.abandon(Promise.allSettled(this.#inFlight), isInterrupted)
    this.#buffer = undefined
    this.#buffers.clear()
  }

  async #freeBuffer(size: number): Promise<Buffer> {
    for (;;) {
      this.#throwIfFailed()
      const buffer = this.#buffers.take(size)
      if (buffer) return buffer
      await Promise.race(this.#inFlight)
    }
  }

  #send(): void {
    const buffer = this.#buffer
    if (!buffer) return
    if (this.#part > mostParts)
      throw new Failure('store/object-too-large', `${this.#where} is larger than S3 allows`, {
        hint: 'Use another store.',
      })
    const part = this.#upload.sendPart(this.#part, buffer.subarray(0, this.#filled), this.#signal)
    this.#buffer = undefined
    this.#filled = 0
    this.#part += 1
    const settled: Promise<void> = part
      .catch((thrown: unknown) => {
        this.#failure ??= thrown
      })
      .then(() => {
        this.#inFlight.delete(settled)
        this.#buffers.give(buffer)
      })
    this.#inFlight.add(settled)
  }

  async #putWhole(): Promise<boolean> {
    return this.#upload.putWhole((this.#buffer ?? Buffer.alloc(0)).subarray(0, this.#filled), this.#signal)
  }

  async #complete(): Promise<boolean> {
    if (this.#filled > 0) this.#send()
    await Promise.all(this.#inFlight)
    this.#throwIfFailed()
    return this.#upload.complete(this.#bytes, this.#signal)
  }

  #throwIfFailed(): void {
    throwIfAborted(this.#signal)
    if (this.#failure !== undefined) throw this.#failure
  }
}
