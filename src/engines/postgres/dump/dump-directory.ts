// The payloads of the directory format: one for each file that pg_dump wrote, digested while it is read.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { DumpPayload } from '../../../ports/platform.ts'
import { DirectoryArchive } from '../archive/directory.ts'
import type { ArchiveFingerprint } from '../archive/fingerprint.ts'

/**
 * Yields toc.dat first, then the other files; their paths begin with the folder's name. Returns the archive's
 * fingerprint.
 */
export async function* directoryPayloads(folder: string): AsyncGenerator<DumpPayload, ArchiveFingerprint> {
  const archive = await DirectoryArchive.open(folder)
  for (const [index, { file }] of archive.parts.entries()) {
    const path = join(folder, file)
    yield {
      file: `${basename(folder)}/${file}`,
      role: index === 0 ? 'archive' : 'archive-part',
      estimate: (await stat(path)).size,
      stream: tapped(path, archive.tap(file)),
    }
  }
  return archive.fingerprint()
}

function tapped(path: string, tap: { push(chunk: Uint8Array): void; end(): void }): Readable {
  const through = new Transform({
    readableHighWaterMark: 1 << 20,
    transform(chunk: Uint8Array, _encoding, next) {
      tap.push(chunk)
      next(null, chunk)
    },
    flush(next) {
      tap.end()
      next()
    },
  })
  pipeline(createReadStream(path, { highWaterMark: 1 << 18 }), through).catch(() => {}) // the reader receives the error
  return through
}
