// The directory format: every file that pg_dump wrote, as a payload of its own, digested as it is read.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { DumpPayload } from '../../../ports/platform.ts'
import { DirectoryArchive } from '../archive/directory.ts'
import type { ArchiveFingerprint } from '../archive/fingerprint.ts'

/** Yields toc.dat first, then each part, below the folder's own name; returns what the archive held. */
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
  return archive.print()
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
  pipeline(createReadStream(path, { highWaterMark: 1 << 18 }), through).catch(() => {}) // shows at the reader's side
  return through
}
