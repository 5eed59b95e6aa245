// A stream fed into a child that must not finish its work unless the stream turned out whole.
import type { Child } from '../../../streams/processes/child.ts'

/**
 * Feeds `source` into the child and waits for both. The last bytes are held back until the source has ended well (its
 * digest was right), and `tail` follows only then, which may ask the child before: a child that needs the whole stream
 * cannot commit what was not verified. If the source fails, the child is stopped and the source's failure thrown. A
 * child that ends early and well does not keep the source from being verified to its end.
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
  const closed = heard('close') // also after an error, about which the child's exit says more
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

/** The same chunks, the last one only after the source has ended without an error. */
async function* heldBack(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined
  for await (const chunk of source) {
    if (chunk.length === 0) continue
    if (held) yield held
    held = chunk
  }
  if (held) yield held
}
