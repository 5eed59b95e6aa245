// Hooks of a restore: commands before and after it, and a health check at the end.
import { asFailure, Failure } from '../../domain/failures/failure.ts'
import type { Clock, Reporter, RunState } from '../../ports/common.ts'
import type { RunUserCommand } from '../../ports/drill.ts'

export interface RestoreHooks {
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly health: { readonly url: string; readonly timeout: number } | undefined
}

export interface HookWorld {
  readonly reporter: Reporter
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly state?: RunState
  runUserCommand: RunUserCommand
}

/** Milliseconds for each command after an interrupted restore: a runner soon kills the process. */
const afterInterruption = 4000

interface HookResult<T> {
  readonly value: T
  /** A failure after the work was done; the work is not undone. */
  readonly failure: Failure | undefined
}

/**
 * Runs `before`, the work and `after`. A failing `before` command prevents the work. `after` always runs, so that an
 * application that was stopped starts again. Throws the failure of `before` or of the work.
 */
export async function withHooks<T>(
  hooks: RestoreHooks,
  world: HookWorld,
  work: () => Promise<T>,
): Promise<HookResult<T>> {
  let value: T
  try {
    for (const command of hooks.before) await runBefore(command, world)
    value = await work()
  } catch (error) {
    const thrown = asFailure(error)
    // An `interrupted` failure of the work says how far it got, so it is better than the signal's reason.
    const failure = world.signal.aborted && thrown.kind !== 'interrupted' ? asFailure(world.signal.reason) : thrown
    await runAfter(hooks.after, world)
    throw failure
  }
  return { value, failure: await runAfter(hooks.after, world) }
}

async function runBefore(command: string, { reporter, signal, runUserCommand }: HookWorld): Promise<void> {
  const code = await reporter.phase(`Running: ${command}`, () => runUserCommand(command, { signal }))
  signal.throwIfAborted()
  if (code === 0) return
  throw new Failure('restore/hook-failed', `the command before the restore exited with ${code}: ${command}`, {
    hint: 'The live database was not changed. Correct the command and run again.',
  })
}

async function runAfter(
  commands: readonly string[],
  { reporter, signal, runUserCommand }: HookWorld,
): Promise<Failure | undefined> {
  let failed: Failure | undefined
  for (const command of commands) {
    try {
      const own = signal.aborted ? AbortSignal.timeout(afterInterruption) : signal
      const code = await reporter.phase(`Running: ${command}`, () => runUserCommand(command, { signal: own }))
      if (code !== 0)
        throw new Failure(
          'restore/hook-failed',
          `the command after the restore exited with ${code}: ${command}`,
          afterHint,
        )
    } catch (error) {
      failed ??= asFailure(error)
      reporter.warn(asFailure(error).message)
    }
  }
  return failed
}

const afterHint = { hint: 'The restore is complete. Run the command by hand.' }

/** Polls the URL until it returns 2xx; after `timeout` seconds returns a failure with this hint. Never throws. */
export async function waitForHealth(
  { url, timeout }: { readonly url: string; readonly timeout: number },
  hint: string,
  world: Omit<HookWorld, 'runUserCommand'>,
): Promise<Failure | undefined> {
  const { reporter, clock, signal } = world
  const place = withoutSecrets(url)
  try {
    await reporter.phase(`Waiting for ${place}`, async () => {
      const end = clock.seconds() + timeout
      for (;;) {
        const answer = await ask(url, signal)
        if (answer === undefined) return
        if (clock.seconds() >= end) {
          throw new Failure(
            'restore/unhealthy',
            `the application is not healthy after ${timeout} s: ${place} returned ${answer}`,
            {
              hint,
            },
          )
        }
        await clock.sleep(1, signal)
      }
    })
    return undefined
  } catch (error) {
    return asFailure(signal.aborted ? signal.reason : error)
  }
}

/** Returns what was wrong with the response; undefined if its status was 2xx. */
async function ask(url: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const answer = await fetch(url, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
      redirect: 'follow',
    })
    await answer.body?.cancel()
    return answer.ok ? undefined : `status ${answer.status}`
  } catch (error) {
    signal.throwIfAborted()
    return reason(error)
  }
}

function reason(error: unknown): string {
  const { message, cause } = error as Error & { cause?: { code?: string; message?: string } }
  return cause?.code ?? cause?.message ?? message
}

function withoutSecrets(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}
