// Scratch for a drill: a temporary server of our own, or a database on a server that the user names.
import type { Scratch, ScratchRequest } from '../../../ports/drill.ts'
import { openLocalScratch } from './local.ts'
import { openRemoteScratch } from './remote.ts'

/**
 * Opens scratch; see `DrillScratch`. The caller drops it whatever happens; killed runs leave what the next one clears.
 */
export async function openScratch(request: ScratchRequest): Promise<Scratch> {
  return request.server ? openRemoteScratch(request, request.server) : openLocalScratch(request)
}
