// Drops the output of the client library, which prints a line for every 8 MB to stdout, where results belong.
import { AsyncLocalStorage } from 'node:async_hooks'

const hushed = new AsyncLocalStorage<true>()
let users = 0
let restore: (() => void) | undefined

/**
 * Runs work and drops its writes to stdout, except masks, because signed URLs must stay secret. Writes of other code
 * pass.
 */
export async function withoutStdout<T>(work: () => Promise<T>): Promise<T> {
  if (users === 0) restore = filterStdout()
  users += 1
  try {
    return await hushed.run(true, work)
  } finally {
    users -= 1
    if (users === 0) restore?.()
  }
}

function filterStdout(): () => void {
  const { stdout } = process
  const write = stdout.write
  const filtered = ((...args: Parameters<typeof write>) => {
    const [text] = args
    if (!hushed.getStore() || (typeof text === 'string' && text.startsWith('::add-mask::')))
      return write.apply(stdout, args)
    const done = args.find((each) => typeof each === 'function') as (() => void) | undefined
    if (done) queueMicrotask(done)
    return true
  }) as typeof write
  stdout.write = filtered
  return () => {
    // If other code has replaced it since, the replacement stays.
    if (stdout.write === filtered) stdout.write = write
  }
}
