// Feeds a stream into a child that must not complete its work unless the whole stream is valid.
import type { Child } from '../../../streams/processes/child.ts'

/**
 * Feeds `source` into the child and waits for both. Holds back the last bytes until the source has ended without an
 * error (its digest matched). Only then sends `tail`, which may query the child first: a child that needs the whole
 * stream cannot commit unverified data. If the source fails, stops the child and throws the source's failure. If the
 * child exits early with 0, the source is still verified to its end.
 */
export async function feed(
  child: Child,
  source: AsyncIterable<Uint8Array>,
  words: { readonly head?: string; readonly tail?: string | (() => Promise<string>) } = {},
): Promise<void> {
  let state: 'running' | 'done' | 'failed' = 'running'
  const ended = child.exited.then(
    () => {
      state = 'done'
    },
    () => {
      state = 'failed'
    },
  )
  const heard = (event: string) => new Promise<void>((resolve) => child.stdin.once(event, resolve))
  const closed = heard('close') // also emitted after an error, which the child's exit explains better
  const write = async (chunk: Uint8Array): Promise<void> => {
    if (state !== 'running' || !child.stdin.writable || child.stdin.write(chunk)) return
    await Promise.race([heard('drain'), closed, ended])
  }
  try {
    if (words.head) await write(Buffer.from(words.head))
    for await (const chunk of heldBack(source)) {
      if ((state as string) === 'failed') break
      await write(chunk)
    }
    const { tail } = words
    if (tail && state === 'running') await write(Buffer.from(typeof tail === 'string' ? tail : await tail()))
  } catch (sourceFailure) {
    await child.stop()
    throw sourceFailure
  }
  child.stdin.end()
  await child.exited
}

/** The same chunks; yields the last one only after the source has ended without an error. */
async function* heldBack(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined
  for await (const chunk of source) {
    if (chunk.length === 0) continue
    if (held) yield held
    held = chunk
  }
  if (held) yield held
}
