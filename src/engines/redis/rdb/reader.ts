// Parses an RDB from chunks of any size and passes its contents to handlers. Never holds a whole value.

import { Failure } from '../../../domain/failures/failure.ts'
import { Crc64 } from './crc64.ts'
import { damaged } from './faults.ts'
import type { RdbHandler } from './handler.ts'
import { type CombinedHandler, combineHandlers } from './handlers.ts'
import { type Progress, readRdb } from './sections.ts'
import { type Resumable, Window } from './window.ts'

/** Bytes; longer chunks are processed in parts, so that the checksum finds the bytes in the CPU cache. */
const part = 128 * 1024

export class RdbReader {
  readonly #window = new Window()
  readonly #progress: Progress = { version: 0, contentEnd: undefined }
  readonly #checksum: Crc64 | undefined
  readonly #to: CombinedHandler
  readonly #parser: Resumable<Buffer>
  #bytes = 0
  #footer: Buffer | undefined
  #thrown: unknown

  constructor(handlers: RdbHandler | readonly RdbHandler[], options: { checksum?: boolean } = {}) {
    this.#to = combineHandlers('length' in handlers ? handlers : [handlers])
    this.#checksum = options.checksum === false ? undefined : new Crc64()
    this.#parser = readRdb(this.#window, this.#progress, this.#to)
  }

  /**
   * Accepts chunks of any size. Throws a failure of kind integrity if the bytes cannot be an RDB, a failure of kind
   * refused for a newer version or an unknown opcode or type, and any error of a handler.
   */
  write(chunk: Uint8Array): void {
    this.#rethrow()
    try {
      for (let at = 0; at < chunk.length; at += part)
        this.#step(chunk.length > part ? chunk.subarray(at, at + part) : chunk)
    } catch (thrown) {
      this.#thrown = thrown
      throw thrown
    }
  }

  #step(chunk: Uint8Array): void {
    if (this.#footer) throw damaged('there are bytes after its end', this.#bytes)
    const window = this.#window
    window.push(chunk)
    const { done, value } = this.#parser.next()
    if (done) this.#footer = value
    if (window.valueAt >= 0) {
      if (this.#to.wantsValues && window.at > window.valueAt)
        this.#to.value(window.bytes.subarray(window.valueAt, window.at))
      window.valueAt = 0
    }
    const end = Math.min(this.#progress.contentEnd ?? Number.MAX_SAFE_INTEGER, this.#bytes + chunk.length)
    if (end > this.#bytes) this.#checksum?.update(chunk, 0, end - this.#bytes)
    this.#bytes += chunk.length
    if (done && window.at < window.end) throw damaged('there are bytes after its end', window.offset)
    window.release()
  }

  #rethrow(): void {
    if (this.#thrown !== undefined) throw this.#thrown
  }

  /**
   * Call after the last chunk. Throws a failure of kind integrity if the RDB is incomplete, or its checksum differs.
   */
  end(): { version: number; checksum: 'agreed' | 'absent'; bytes: number } {
    this.#rethrow()
    const { version } = this.#progress
    if (!this.#footer) {
      throw new Failure('redis/rdb-damaged', `the RDB is incomplete: it ends after ${this.#bytes} bytes`, {
        hint: 'Use another copy, or make a new backup.',
      })
    }
    const absent = this.#footer.every((byte) => byte === 0)
    if (absent || !this.#checksum) return { version, checksum: 'absent', bytes: this.#bytes }
    if (!this.#checksum.digest().equals(this.#footer)) throw damaged('its checksum (CRC-64) does not match')
    return { version, checksum: 'agreed', bytes: this.#bytes }
  }
}
