// Writes every payload of a source to every store.
import { Failure } from '../../domain/failures/failure.ts'
import type { Payload } from '../../domain/manifest/manifest.ts'
import type { Reporter } from '../../ports/common.ts'
import { type Destination, writeToStores } from '../../streams/write-to-stores.ts'
import { mapConcurrently } from '../map-concurrently.ts'
import type { BackupSource, SourcePayload } from './backup-source.ts'
import type { StoredPayload } from './complete-backup.ts'

interface DumpToStores {
  readonly source: Pick<BackupSource, 'payloads' | 'concurrency'>
  readonly id: string
  /** `<name>/<id>/`. */
  readonly prefix: string
  readonly destinations: readonly Destination[]
  readonly compressionLevel: number
  readonly reporter: Reporter
  readonly signal: AbortSignal
}

/** Returns payloads in the order of the source. Throws what `writeToStores` throws; marks a store that fails alone. */
export async function dumpToStores(request: DumpToStores): Promise<StoredPayload[]> {
  const { source, id } = request
  const stored: StoredPayload[] = []
  const total = { bytes: 0 }
  await mapConcurrently(source.concurrency, source.payloads(id), async (payload, place) => {
    stored[place] = await carryPayload(payload, request, total)
  })
  return stored
}

async function carryPayload(
  { file, role, stream, estimate, zip }: SourcePayload,
  { prefix, destinations, compressionLevel, reporter, signal }: DumpToStores,
  total: { bytes: number },
): Promise<StoredPayload> {
  const name = zip ? file : `${file}.zst`
  let before = 0
  const { written, contentBytes, ...digest } = await writeToStores({
    source: stream,
    key: prefix + name,
    estimate,
    destinations,
    compression: zip ? { method: 'none' } : { method: 'zstd', level: compressionLevel },
    signal,
    onProgress: (read) => {
      total.bytes += read - before
      before = read
      reporter.progress({ what: 'dumped', bytes: total.bytes })
    },
  })
  if (contentBytes === 0 && role !== 'archive-part') throw emptyPayload(file)
  const common = { file: name, role, ...digest }
  const payload: Payload = zip
    ? {
        ...common,
        ...(zip.tenants.length > 0 && { tenants: zip.tenants }),
        encodings: ['zip'],
        contentBytes: zip.contentBytes(),
      }
    : { ...common, encodings: ['zstd'], contentBytes }
  return { payload, written }
}

function emptyPayload(file: string): Failure {
  return new Failure('backup/empty-payload', `${file} is empty, although the tool that wrote it reported success`, {
    hint: 'The backup was discarded. Run again; if it happens again, please report it.',
  })
}
