// Loading in parallel: the archive is fetched and verified first, then restored by several workers.
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Failure } from '../../../domain/failure.ts'
import type { PayloadSource } from '../../../operations/platform-ports.ts'
import { type TocEntry, TocReader } from '../archive/toc.ts'
import type { Loaded, LoadRequest } from '../load.ts'
import { contentPath, fetchPayload, fits, noRoom } from './fetch.ts'
import { prepareChoice, startRestore } from './restore-tool.ts'

const fetchedAtOnce = 4

/** Restores a custom archive (one payload) or a directory archive (many). */
export async function loadFromDisk(
  request: LoadRequest,
  payloads: readonly PayloadSource[],
  folder: string,
): Promise<Omit<Loaded, 'partial'>> {
  const { reserve = 0 } = request
  if (!(await fits(folder, payloads, reserve))) throw await noRoom(request.temporary, payloads, reserve)
  const content = join(folder, 'content')
  await fetchAll(request, payloads, content)
  const archive = await archivePath(content, payloads, request)
  const entries = await readEntries((await stat(archive)).isDirectory() ? join(archive, 'toc.dat') : archive)
  const chosen = await prepareChoice(request, entries)
  const child = await startRestore(request, chosen, folder, archive)
  await child.exited
  return { notes: chosen?.notes ?? [], ...(chosen && { loaded: chosen.entries }) }
}

async function fetchAll(request: LoadRequest, payloads: readonly PayloadSource[], content: string): Promise<void> {
  let bytes = 0
  let next = 0
  const stop = new AbortController()
  const signal = AbortSignal.any([request.signal, stop.signal])
  const worker = async (): Promise<void> => {
    try {
      while (next < payloads.length && !signal.aborted) {
        const source = payloads[next] as PayloadSource
        next += 1
        await fetchPayload(source, content, signal, (more) => {
          bytes += more
          request.onProgress?.(bytes)
        })
      }
    } catch (error) {
      stop.abort(error)
      throw error
    }
  }
  const workers = Array.from({ length: Math.min(fetchedAtOnce, payloads.length) }, worker)
  await Promise.allSettled(workers)
  if (stop.signal.aborted) throw stop.signal.reason
  await Promise.all(workers)
}

async function archivePath(content: string, payloads: readonly PayloadSource[], { manifest }: LoadRequest): Promise<string> {
  if (manifest.dump.format === 'custom') return contentPath(content, payloads[0] as PayloadSource)
  const toc = payloads.map((source) => contentPath(content, source)).find((path) => path.endsWith('/toc.dat'))
  if (toc) return dirname(toc)
  throw new Failure('backup/no-archive', `backup ${manifest.id} lacks the directory archive's toc.dat`, {
    hint: 'Choose another backup.',
  })
}

/** The table of contents; undefined for an archive version that the reader does not know. */
async function readEntries(path: string): Promise<readonly TocEntry[] | undefined> {
  const reader = new TocReader()
  for await (const chunk of createReadStream(path)) {
    reader.push(chunk)
    if (reader.state === 'done') return reader.entries
    if (reader.state === 'unknown') return undefined
  }
  throw new Failure('archive/damaged', 'the archive ends within its table of contents', { hint: 'Choose another backup.' })
}
