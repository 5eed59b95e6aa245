// Loads in parallel: fetches and verifies the archive first, then restores it with several workers.
import { join } from 'node:path'
import type { PayloadSource } from '../../../ports/platform.ts'
import { withClient } from '../connection/connect.ts'
import { asDatabaseOwner } from '../owners/as-database-owner.ts'
import { archiveOnDisk } from './archive-on-disk.ts'
import { isAboutEventTrigger } from './deferred-entries.ts'
import { fetchPayload, fits, noRoom } from './fetch.ts'
import { type RepairTools, restoreAndRepair } from './repair.ts'
import { joinRepairs, noRepairs, type Repairs } from './repairs.ts'
import type { LoadedPart, LoadRequest } from './request.ts'
import { restoreAsOwners } from './restore-as-owners.ts'
import { prepareChoice, type Restorable, startRestore } from './restore-tool.ts'

const fetchedAtOnce = 4

/** Restores a custom archive (one payload) or a directory archive (many). */
export async function loadFromDisk(
  request: LoadRequest,
  payloads: readonly PayloadSource[],
  folder: string,
): Promise<LoadedPart> {
  const { reserve = 0 } = request
  if (!(await fits(folder, payloads, reserve))) throw await noRoom(request.temporary, payloads, reserve)
  const content = join(folder, 'content')
  await fetchAll(request, payloads, content)
  const { path, entries } = await archiveOnDisk(content, payloads, request.manifest)
  const { prepared, notes } = await prepareChoice(request, entries)
  if (prepared && entries) {
    const repairs = await restoreEntries(request, prepared, { request, contents: entries, folder, archive: path })
    return { notes, loaded: prepared.entries, repairs }
  }
  if (request.codeRunsAs !== 'owners') await (await startRestore(request, undefined, folder, path)).exited
  else
    await asDatabaseOwner(
      request.address,
      { entries: undefined, manifest: request.manifest },
      async (session) => (await startRestore({ ...request, ...session }, undefined, folder, path)).exited,
    )
  return { notes }
}

/** Code of the backup runs with the rights of the user of the address, or of the objects' owners. */
async function restoreEntries(
  request: LoadRequest,
  prepared: Restorable,
  tools: Omit<RepairTools, 'sessionFor'>,
): Promise<Repairs> {
  if (request.codeRunsAs === 'owners') return restoreAsOwners(prepared.toRestore, tools)
  if (request.oneTransactionFirst && (await restoredInOneTransaction(request, prepared, tools))) return noRepairs
  const sessionFor = await sessionsOfUser(request)
  const parts: Repairs[] = []
  for (const pass of passesOf(prepared)) parts.push(await restoreAndRepair({ ...tools, sessionFor }, request, pass))
  return joinRepairs(parts)
}

/** Whether all entries were restored; after an error none were, and workers can retry single entries. */
async function restoredInOneTransaction(
  request: LoadRequest,
  prepared: Restorable,
  { folder, archive }: Pick<RepairTools, 'folder' | 'archive'>,
): Promise<boolean> {
  const child = await startRestore(request, prepared, folder, archive, 'one-transaction')
  try {
    await child.exited
    return true
  } catch {
    request.signal.throwIfAborted()
    return false
  }
}

/**
 * A search_path of the database may find code of other roles: outside of scratch, objects of other roles get no
 * session.
 */
async function sessionsOfUser({ address, role, isScratch }: LoadRequest): Promise<RepairTools['sessionFor']> {
  if (isScratch) return () => ({ address, role })
  const { rows } = await withClient(address, (client) =>
    client.query<{ name: string }>('SELECT current_user::text AS name WHERE current_user = session_user'),
  )
  const user = rows[0]?.name
  return ({ owner }) => (owner !== undefined && owner === user && role === undefined ? { address } : undefined)
}

/** Several workers restore entries in any order, so event triggers get a separate pass. */
function passesOf(all: Restorable): Restorable[] {
  const last = all.toRestore.filter(isAboutEventTrigger)
  if (last.length === 0) return [all]
  return [all.toRestore.filter((entry) => !isAboutEventTrigger(entry)), last].map((toRestore) => ({
    ...all,
    toRestore,
  }))
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
