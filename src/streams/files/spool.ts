// A FIFO buffer for bytes that arrive faster than they are read: a limited amount in memory, the rest in an unnamed
// file.

import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../domain/failures/failure.ts'
import { withOwnFolder } from './leftovers.ts'

interface SpoolOptions {
  /**
   * Folder for the file; created if missing. The file is unlinked at once: no other process can open it, and none is
   * left behind.
   */
  readonly folder: string
  /** Maximum number of bytes in memory; default 8 MiB. */
  readonly memory?: number
}

const piece = 256 << 10

/**
 * One writer, one reader. The file is reused from its start when the reader has caught up, so its size is that of the
 * longest backlog.
 */
export class Spool {
  readonly #folder: string
  readonly #memory: number
  #queue: Uint8Array[] = []
  #queued = 0
  #file: FileHandle | undefined
  #filed = 0
  #taken = 0
  #writing = false
  #ended = false
  #failure: unknown
  #closed = false
  #wake: (() => void) | undefined

  constructor({ folder, memory = 8 << 20 }: SpoolOptions) {
    this.#folder = folder
    this.#memory = memory
  }

  /** Number of buffered bytes. */
  get waiting(): number {
    return this.#queued + this.#filed - this.#taken
  }

  /** Number of bytes buffered in memory. */
  get inMemory(): number {
    return this.#queued
  }

  /** Whether any bytes were written to the file. */
  get usedFile(): boolean {
    return this.#file !== undefined
  }

  /**
   * Appends bytes, which the caller must not change afterwards. Waits for the disk, never for the reader. One call at a
   * time. Throws a failure of kind tool if the file cannot be written. After `close`, bytes are dropped.
   */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#closed || bytes.length === 0) return
    // To keep the order, all bytes go to the file until the reader has read those in it.
    const behind = this.#writing || this.#taken < this.#filed
    if (!behind && this.#queued + bytes.length <= this.#memory) {
      this.#queue.push(bytes)
      this.#queued += bytes.length
      this.#woken()
      return
    }
    this.#writing = true
    try {
      await this.#writeOut(bytes)
    } catch (error) {
      if (this.#closed) return
      throw fullFailure(error, this.#folder)
    } finally {
      this.#writing = false
      this.#woken()
    }
  }

  /** No more bytes follow. */
  end(): void {
    this.#ended = true
    this.#woken()
  }

  /** The reader receives the buffered bytes, then this error. */
  fail(error: unknown): void {
    this.#failure ??= error ?? new Error('the spool failed')
    this.end()
  }

  /** Yields the bytes in order; chunk boundaries may differ from those of `write`. Call it once. */
  async *read(): AsyncGenerator<Uint8Array> {
    while (!this.#closed) {
      const next = this.#fromMemory() ?? (await this.#fromFile())
      if (next) yield next
      else if (this.waiting > 0) continue
      else if (this.#writing || !this.#ended) await this.#change()
      else if (this.#failure !== undefined) throw this.#failure
      else return
    }
  }

  /** Releases memory and file; a reader ends. Can be called repeatedly; never throws. */
  async close(): Promise<void> {
    this.#closed = true
    this.#queue = []
    this.#queued = 0
    this.#woken()
    const file = this.#file
    this.#file = undefined
    await file?.close().catch(() => {})
  }

  async #writeOut(bytes: Uint8Array): Promise<void> {
    this.#file ??= await openUnnamed(this.#folder)
    for (let done = 0; done < bytes.length && !this.#closed; ) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, this.#filed)
      done += bytesWritten
      this.#filed += bytesWritten
      this.#woken()
    }
  }

  #fromMemory(): Uint8Array | undefined {
    const next = this.#queue.shift()
    if (next) this.#queued -= next.length
    return next
  }

  async #fromFile(): Promise<Uint8Array | undefined> {
    const file = this.#file
    const length = Math.min(piece, this.#filed - this.#taken)
    if (!file || length === 0) return undefined
    const { bytesRead, buffer } = await file
      .read(Buffer.allocUnsafeSlow(length), 0, length, this.#taken)
      .catch((error) => {
        if (this.#closed) return { bytesRead: 0, buffer: Buffer.alloc(0) }
        throw error
      })
    if (this.#closed) return undefined
    if (bytesRead === 0)
      throw new Failure('disk/not-writable', 'a temporary file is shorter than the data written to it')
    this.#taken += bytesRead
    if (this.#taken === this.#filed && !this.#writing) {
      this.#taken = 0
      this.#filed = 0
    }
    return buffer.subarray(0, bytesRead)
  }

  #change(): Promise<void> {
    return new Promise((done) => {
      this.#wake = done
    })
  }

  #woken(): void {
    this.#wake?.()
    this.#wake = undefined
  }
}

/** Opens a file without a name, which the system removes with the process. Creates the folder if it is missing. */
export function openUnnamed(temporary: string): Promise<FileHandle> {
  return withOwnFolder(temporary, 'resguardo-spool-', (folder) => open(join(folder, 'spool'), 'wx+', 0o600))
}

function fullFailure(error: unknown, folder: string): Failure {
  const { code = '', message = String(error) } = error as { code?: string; message?: string }
  return new Failure(
    code === 'ENOSPC' ? 'disk/full' : 'disk/not-writable',
    `could not write a temporary file in ${folder}: ${message}`,
    {
      hint:
        code === 'ENOSPC'
          ? 'The disk is full. Data for slow stores is buffered there. Free space, or choose another folder with --temporary.'
          : 'Choose another folder with --temporary.',
      cause: error,
    },
  )
}
