// Watches a supervised command from its start until its exit code, or until its time is up.
import { asFailure, Failure } from '../domain/failures/failure.ts'
import type { ConfinedExit, ConfinedRequest } from '../ports/confinement.ts'
import type { Child } from '../streams/processes/child.ts'
import { textLines } from './text-lines.ts'

const secondsToEnd = 5

/**
 * Reads the output of a supervisor until it ends: `<token> begun`, the command's lines, `<token> ended <exit code>`.
 * When the time is up or the signal aborts (then rejects with its reason), closes the supervisor's standard input, and
 * ends it by force five seconds later.
 */
export async function watch(child: Child, token: string, request: WatchRequest): Promise<ConfinedExit> {
  const { signal, timeoutSeconds, onLine } = request
  let begun = false
  let exitCode: number | undefined
  let force: NodeJS.Timeout | undefined
  let ending = false
  const end = (): void => {
    ending = true
    child.stdin.end()
    force = setTimeout(() => void child.stop(), secondsToEnd * 1000)
  }
  const timer = setTimeout(end, timeoutSeconds * 1000)
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  try {
    for await (const line of textLines(child.stdout)) {
      const [first, word, number] = line.split(' ')
      if (first !== token) begun && line !== '' && exitCode === undefined && onLine(line)
      else if (word === 'begun') begun = true
      else exitCode = Number(number)
    }
    await child.exited.catch((error) => {
      if (exitCode === undefined && !ending) throw begun ? broken(error) : notStarted(error)
    })
    signal.throwIfAborted()
    return { exitCode }
  } finally {
    clearTimeout(timer)
    clearTimeout(force)
    signal.removeEventListener('abort', end)
  }
}

type WatchRequest = Pick<ConfinedRequest, 'timeoutSeconds' | 'signal' | 'onLine'>

function notStarted(error: unknown): Failure {
  return new Failure('sandbox/not-started', `could not start the command in the sandbox: ${asFailure(error).message}`, {
    hint: 'Read the message, and see docs/rehearsal.md for the requirements of the sandbox.',
    cause: error,
  })
}

function broken(error: unknown): Failure {
  return new Failure('sandbox/ended', `the sandbox process ended unexpectedly: ${asFailure(error).message}`, {
    hint: 'The machine may be out of memory. Run again on a larger machine.',
    cause: error,
  })
}
