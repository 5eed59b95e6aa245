// Opens scratch for a drill: a temporary server of our own, or a database on a server of the user.
import type { Scratch, ScratchRequest } from '../../../ports/drill.ts'
import { openLocalScratch } from './local.ts'
import { openRemoteScratch } from './remote.ts'

/**
 * Opens scratch; see `DrillScratch`. The caller must always drop it. The next run removes what a killed run leaves
 * behind.
 */
export async function openScratch(request: ScratchRequest): Promise<Scratch> {
  return request.server ? openRemoteScratch(request, request.server) : openLocalScratch(request)
}
