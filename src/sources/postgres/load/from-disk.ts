// Loading in parallel: the archive is fetched and verified first, then restored by several workers.
import { join } from 'node:path'
import type { PayloadSource } from '../../../operations/platform-ports.ts'
import type { Loaded, LoadRequest } from '../load.ts'
import { asDatabaseOwner } from '../owners/as-database-owner.ts'
import { archiveOnDisk } from './archive-on-disk.ts'
import { restoreAsOwners } from './as-owners.ts'
import { fetchPayload, fits, noRoom } from './fetch.ts'
import { isAboutEventTrigger } from './quiet-entries.ts'
import { prepareChoice, type Restorable, startRestore } from './restore-tool.ts'

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
  const { path, entries } = await archiveOnDisk(content, payloads, request.manifest)
  const { prepared, notes } = await prepareChoice(request, entries)
  if (request.codeRunsAs !== 'owners') await restoreInPasses(request, prepared, folder, path)
  else if (prepared) await restoreAsOwners(request, prepared.toRestore, folder, path)
  else
    await asDatabaseOwner(
      request.address,
      { entries: undefined, manifest: request.manifest },
      async (session) => (await startRestore({ ...request, ...session }, prepared, folder, path)).exited,
    )
  return { notes, ...(prepared && { loaded: prepared.entries }) }
}

/** Several workers take entries in any order, so event triggers have a pass of their own. */
async function restoreInPasses(request: LoadRequest, all: Restorable | undefined, folder: string, path: string): Promise<void> {
  const last = all?.toRestore.filter(isAboutEventTrigger) ?? []
  const passes =
    !all || last.length === 0 || request.singleTransaction
      ? [all]
      : [all.toRestore.filter((entry) => !isAboutEventTrigger(entry)), last].map((toRestore) => ({ ...all, toRestore }))
  for (const pass of passes) await (await startRestore(request, pass, folder, path)).exited
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
