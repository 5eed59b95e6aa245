// Runs an action in this process: its variables, summary file, signals and exit code.
import { appendFile, readFile } from 'node:fs/promises'
import * as core from '@actions/core'
import { asFailure } from '../../domain/failures/failure.ts'
import { failureKinds } from '../../domain/failures/failure-kinds.ts'
import { endProcess, guardProcess } from '../guard.ts'
import { createMasker } from '../masking.ts'
import { shown } from '../shown.ts'
import { type ActionHost, runAction } from './run.ts'

/** Runs the action that this process was started for, and sets its exit code. */
export async function runActionProcess(
  parts: Pick<ActionHost, 'name' | 'load' | 'clock' | 'makeWorld'>,
): Promise<void> {
  const environment = { ...process.env }
  // Commands of the user inherit this environment, and must not receive the inputs.
  for (const name of Object.keys(process.env)) if (name.startsWith('INPUT_')) delete process.env[name]
  const { GITHUB_STEP_SUMMARY: summary, GITHUB_EVENT_PATH: payload } = environment
  const masker = createMasker()
  const guarded = guardProcess(parts.clock)
  const run = runAction({
    ...parts,
    ...guarded,
    environment,
    event: await eventOf(payload),
    runner: core,
    masker,
    appendSummary: summary ? (markdown) => appendFile(summary, markdown) : undefined,
  })
  const exitCode = await run.catch((error: unknown) => {
    core.error(shown(asFailure(error).message, masker.mask))
    return failureKinds.bug.exitCode
  })
  endProcess(exitCode, guarded.signal)
}

/** Returns the event's payload; undefined if it is missing or cannot be read. Defaults that need it are empty then. */
async function eventOf(path: string | undefined): Promise<unknown> {
  const text = path ? await readFile(path, 'utf8').catch(() => '') : ''
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
