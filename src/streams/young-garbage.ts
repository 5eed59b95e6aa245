// Keeps the garbage that a stream leaves from piling up: peak memory then does not grow with the length of the stream.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Node allocates a buffer for every read, and V8 collects young buffers only when some 32 MB of them lie about,
 * wherever the allocator could fit them in: measured, half as much memory again for a long stream as for a short one
 * (docs/decisions/0007). A young collection takes well under a millisecond.
 */
const collectEvery = 4 << 20

type Collect = (options: { type: 'minor' | 'major' }) => void

/** Of all streams together: many short ones leave as much as a long one. */
let since = 0

/** Call it with the number of bytes that went through; now and then it collects what they left behind. */
export function youngGarbage(): (bytes: number) => void {
  const collect = collector()
  return (bytes) => {
    since += bytes
    if (since < collectEvery) return
    since = 0
    collect({ type: 'minor' })
  }
}

/**
 * For work that makes millions of small objects which live for a moment. V8 doubles the space for young objects
 * whenever enough of them survive a collection, up to 128 MB, and never gives it back: from now on it stays as it is.
 */
export function keepYoungSpaceSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}

/**
 * Collects all garbage. Buffers of an answer survive young collections if the answer before it is still in use:
 * measured, 60 MB of them were left by a listing of 200,000 objects.
 */
export function collectOldGarbage(): void {
  collector()({ type: 'major' })
}

let known: Collect | undefined

function collector(): Collect {
  if (known) return known
  setFlagsFromString('--expose-gc')
  known = runInNewContext('gc') as Collect
  setFlagsFromString('--no-expose-gc')
  return known
}
