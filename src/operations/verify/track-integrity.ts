// Distinguishes damaged bytes in a store from data that a server refuses.
import { Failure } from '../../domain/failures/failure.ts'
import type { PayloadSource } from '../../ports/platform.ts'

/** Sets `damaged` if the stored bytes are damaged. */
export function watched(source: PayloadSource, watch: { damaged: boolean }): PayloadSource {
  const notice = (error: unknown): void => {
    if (error instanceof Failure && error.kind === 'integrity') watch.damaged = true
  }
  const noticed = (error: unknown): never => {
    notice(error)
    throw error
  }
  return {
    payload: source.payload,
    open: async () => (await source.open().catch(noticed)).on('error', notice),
    save: (file, signal) => source.save(file, signal).catch(noticed),
  }
}
