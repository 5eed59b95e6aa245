// Loads a custom archive without disk space: streams it through pg_restore in one transaction.
import { Failure } from '../../../domain/failures/failure.ts'
import type { PayloadSource } from '../../../ports/platform.ts'
import { TocReader } from '../archive/toc.ts'
import { entriesRead } from './archive-on-disk.ts'
import { feed } from './feed.ts'
import { inOnePass, streamedHint } from './one-pass.ts'
import type { LoadedPart, LoadRequest } from './request.ts'
import { prepareChoice, startRestore } from './restore-tool.ts'

/** Restores a custom archive from its stream. Buffers everything before the data in memory, to choose the entries. */
export async function loadStreaming(request: LoadRequest, source: PayloadSource, folder: string): Promise<LoadedPart> {
  const stream = await source.open()
  const chunks = counted(stream, request.onProgress)
  try {
    const reader = new TocReader()
    const beginning: Uint8Array[] = []
    while (reader.state === 'header' || reader.state === 'entries') {
      const { value, done } = await chunks.next()
      if (done)
        throw new Failure('archive/damaged', 'the archive ends within its table of contents', {
          hint: 'Choose another backup.',
        })
      beginning.push(value)
      reader.push(value)
    }
    const { prepared, notes } = await prepareChoice(request, reader.state === 'done' ? entriesRead(reader) : undefined)
    const child = await startRestore(request, prepared, folder, undefined)
    await feed(child, joined(beginning, chunks))
    const note = `${request.temporary} has too little space for the archive, so it was streamed in one transaction, which is slower.`
    return { notes: [note, ...notes], ...(prepared && { loaded: prepared.entries }) }
  } catch (error) {
    throw inOnePass(error, streamedHint(request.temporary))
  } finally {
    stream.destroy()
  }
}

async function* counted(
  stream: AsyncIterable<Uint8Array>,
  onProgress: LoadRequest['onProgress'],
): AsyncGenerator<Uint8Array, void> {
  let bytes = 0
  for await (const chunk of stream) {
    bytes += chunk.length
    onProgress?.(bytes)
    yield chunk
  }
}

async function* joined(beginning: Uint8Array[], rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (let chunk = beginning.shift(); chunk; chunk = beginning.shift()) yield chunk
  yield* rest
}
