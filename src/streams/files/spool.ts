// Bytes that come faster than they are taken: first in, first out, in bounded memory; what is more waits in a file
// without a name.

import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../domain/failures/failure.ts'
import { withOwnFolder } from './leftovers.ts'

interface SpoolOptions {
  /**
   * Folder for the file, made where it is not there. The file is removed from it at once: nobody else reads it, and
   * none is left behind.
   */
  readonly folder: string
  /** Bytes that wait in memory; default 8 MiB. */
  readonly memory?: number
}

const piece = 256 << 10

/**
 * One writer, one reader. The file is as large as the reader was ever behind: it is filled again each time that the
 * reader has caught up.
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

  /** Bytes that wait. */
  get waiting(): number {
    return this.#queued + this.#filed - this.#taken
  }

  /** Those of them that wait in memory. */
  get inMemory(): number {
    return this.#queued
  }

  /** Whether anything has ever gone to the file. */
  get usedFile(): boolean {
    return this.#file !== undefined
  }

  /**
   * Takes bytes, which must stay as they are. Resolves when the next may come: never waits for the reader, only for the
   * disk. One call at a time. Throws a failure of kind tool where the disk is full. After `close` bytes are dropped.
   */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#closed || bytes.length === 0) return
    // What is in the file comes first: until that is taken, the rest goes there too.
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

  /** No more will come. */
  end(): void {
    this.#ended = true
    this.#woken()
  }

  /** The reader gets what is there, then this error. */
  fail(error: unknown): void {
    this.#failure ??= error ?? new Error('the spool failed')
    this.end()
  }

  /** In order, in pieces of their own. To be called once. */
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

  /** Lets go of memory and file; a reader ends. Any number of times, never throws. */
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

/**
 * A file that nobody finds by a name, and that the system removes with the process. The folder is made where it is not
 * there.
 */
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
