// Reads an archive while it is streamed from pg_dump.
import { Transform, type TransformCallback } from 'node:stream'
import type { Child } from '../../../streams/processes/child.ts'
import type { ArchiveFingerprint } from './fingerprint.ts'
import { ArchiveReader } from './reader.ts'

/** Passes the archive through and reads it. Ends only after pg_dump exited with 0 and the archive was complete. */
export class ArchiveTap extends Transform {
  readonly #reader = new ArchiveReader()
  readonly #child: Child
  readonly #done: (print: ArchiveFingerprint) => void

  constructor(child: Child, done: (print: ArchiveFingerprint) => void) {
    super({ readableHighWaterMark: 1 << 20, writableHighWaterMark: 1 << 20 })
    this.#child = child
    this.#done = done
  }

  override _transform(chunk: Uint8Array, _encoding: string, next: TransformCallback): void {
    try {
      this.#reader.push(chunk)
      next(null, chunk)
    } catch (error) {
      next(error as Error)
    }
  }

  override _flush(next: TransformCallback): void {
    this.#child.exited.then(() => this.#done(this.#reader.end())).then(() => next(), next)
  }
}
