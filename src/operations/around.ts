// What a user wants done around a restore: commands before and after it, and a health check at the end.
import { asFailure, Failure } from '../domain/failure.ts'
import type { RunUserCommand } from './platform-ports.ts'
import type { Clock, Reporter } from './ports.ts'

export interface Around {
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly health: { readonly url: string; readonly timeout: number } | undefined
}

export interface AroundWorld {
  readonly reporter: Reporter
  readonly clock: Clock
  readonly signal: AbortSignal
  runUserCommand: RunUserCommand
}

/** How long the commands after an interrupted restore may take: a runner kills soon. */
const afterInterruption = 4000

/**
 * Runs `before`, the work, `after`. A failing `before` stops everything; `after` runs whenever `before` was begun, so that an
 * application that was stopped comes up again. The work's failure comes first, then that of `after`.
 */
export async function withCommandsAround<T>(around: Around, world: AroundWorld, work: () => Promise<T>): Promise<T> {
  let result: { value: T } | { failure: Failure }
  try {
    for (const command of around.before) await runBefore(command, world)
    result = { value: await work() }
  } catch (error) {
    result = { failure: world.signal.aborted ? asFailure(world.signal.reason) : asFailure(error) }
  }
  const failed = await runAfter(around.after, world)
  if ('failure' in result) throw result.failure
  if (failed) throw failed
  return result.value
}

async function runBefore(command: string, { reporter, signal, runUserCommand }: AroundWorld): Promise<void> {
  const code = await reporter.phase(`Running: ${command}`, () => runUserCommand(command, { signal }))
  signal.throwIfAborted()
  if (code === 0) return
  throw new Failure('tool', `the command before the restore exited with ${code}: ${command}`, {
    hint: 'The live database was not touched. Mend the command and run again.',
  })
}

async function runAfter(
  commands: readonly string[],
  { reporter, signal, runUserCommand }: AroundWorld,
): Promise<Failure | undefined> {
  let failed: Failure | undefined
  for (const command of commands) {
    try {
      const own = signal.aborted ? AbortSignal.timeout(afterInterruption) : signal
      const code = await reporter.phase(`Running: ${command}`, () => runUserCommand(command, { signal: own }))
      if (code !== 0) throw new Failure('tool', `the command after the restore exited with ${code}: ${command}`, afterHint)
    } catch (error) {
      failed ??= asFailure(error)
      reporter.warn(asFailure(error).message)
    }
  }
  return failed
}

const afterHint = { hint: 'The database is in place; run the command by hand.' }

/** Polls the URL until it answers with 2xx. Throws Failure('tool') with `hint` when the time is over. */
export async function waitForHealth(
  { url, timeout }: { readonly url: string; readonly timeout: number },
  hint: string,
  { reporter, clock, signal }: Omit<AroundWorld, 'runUserCommand'>,
): Promise<void> {
  await reporter.phase(`Waiting for ${withoutSecrets(url)}`, async () => {
    const end = clock.seconds() + timeout
    let last = 'no answer'
    for (;;) {
      try {
        const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]), redirect: 'follow' })
        await answer.body?.cancel()
        if (answer.ok) return
        last = `status ${answer.status}`
      } catch (error) {
        signal.throwIfAborted()
        last = reason(error)
      }
      if (clock.seconds() >= end)
        throw new Failure('tool', `the application is not healthy after ${timeout} s: ${withoutSecrets(url)} gave ${last}`, {
          hint,
        })
      await clock.sleep(1, signal)
    }
  })
}

function reason(error: unknown): string {
  const { message, cause } = error as Error & { cause?: { code?: string } }
  return cause?.code ?? message
}

function withoutSecrets(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}
