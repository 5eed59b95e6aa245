// Collects the garbage of streams often, so that peak memory does not grow with the length of the stream.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Node allocates a buffer for every read, and V8 collects young buffers only after some 64 MB of them. Measured: a long
 * stream used half as much memory again as a short one (docs/decisions/0007). A young collection takes well under a
 * millisecond.
 */
const collectEvery = 4 << 20

type Collect = (options: { type: 'minor' | 'major' }) => void

/** Of all streams together: many short streams leave as much garbage as a long one. */
let since = 0

/** Call the result with the number of bytes read. Every 4 MiB it runs a young collection. */
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
 * For work with millions of short-lived objects. V8 doubles the space for young objects whenever enough of them survive
 * a collection, up to 128 MB, and never shrinks it. After this call the space keeps its size.
 */
export function keepYoungSpaceSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}

/**
 * Collects all garbage. Buffers of a response survive young collections if the previous response is still in use.
 * Measured: a listing of 200,000 objects left 60 MB.
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
