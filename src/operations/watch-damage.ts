// Tells damaged bytes in a store from data that a server refuses.
import { Failure } from '../domain/failure.ts'
import type { PayloadSource } from './platform-ports.ts'

/** Notices whether the stored bytes themselves are damaged. */
export function watched(source: PayloadSource, watch: { damaged: boolean }): PayloadSource {
  const notice = (error: unknown): void => {
    if (error instanceof Failure && error.kind === 'integrity') watch.damaged = true
  }
  return {
    payload: source.payload,
    open: async () => {
      const stream = await source.open().catch((error) => {
        notice(error)
        throw error
      })
      return stream.on('error', notice)
    },
  }
}
