// Every payload of a dump carried to every store.
import { Failure } from '../domain/failure.ts'
import type { Payload } from '../domain/manifest.ts'
import { carry, type Destination } from '../streams/carry.ts'
import type { StoredPayload } from './complete-backup.ts'
import type { PlatformDump } from './platform-ports.ts'
import type { Reporter } from './ports.ts'

export interface DumpToStores {
  readonly dump: PlatformDump
  /** `<name>/<id>/`. */
  readonly prefix: string
  readonly destinations: readonly Destination[]
  readonly compressionLevel: number
  readonly reporter: Reporter
  readonly signal: AbortSignal
}

/** Throws what `carry` throws; a store that fails alone is marked in its destination. */
export async function dumpToStores({
  dump,
  prefix,
  destinations,
  compressionLevel,
  reporter,
  signal,
}: DumpToStores): Promise<StoredPayload[]> {
  const stored: StoredPayload[] = []
  let before = 0
  for await (const { file, role, stream, estimate } of dump.payloads()) {
    const name = `${file}.zst`
    const { written, bytes, sha256, contentBytes } = await carry({
      source: stream,
      key: prefix + name,
      estimate,
      destinations,
      compression: { method: 'zstd', level: compressionLevel },
      signal,
      onProgress: (read) => reporter.progress({ what: 'dumped', bytes: before + read }),
    })
    if (contentBytes === 0 && role !== 'archive-part') throw emptyPayload(file)
    before += contentBytes
    const payload: Payload = { file: name, role, bytes, sha256, compression: 'zstd', encryption: 'none', contentBytes }
    stored.push({ payload, written })
  }
  return stored
}

function emptyPayload(file: string): Failure {
  return new Failure('integrity', `${file} came out empty, though its tool said that all went well`, {
    hint: 'Nothing was kept. Run again; if it happens twice, please report it.',
  })
}
