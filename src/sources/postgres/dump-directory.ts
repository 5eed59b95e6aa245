// The directory format: every file that pg_dump wrote, as a payload of its own, digested as it is read.
import type { DumpPayload } from '../../operations/platform-ports.ts'
import type { ArchivePrint } from './archive/print.ts'

/** Yields toc.dat first, then each part; returns what the archive held. */
export async function* directoryPayloads(folder: string): AsyncGenerator<DumpPayload, ArchivePrint> {
  yield* []
  throw new Error(`directory ${folder}`)
}
