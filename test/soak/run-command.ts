// Runs the built command line in the environment of a round.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Supervised, startSupervised } from './supervised.ts'

/** The part of a `Place` that a command needs. */
interface Surroundings {
  /** The built command line. */
  readonly program: string
  /** Has a folder `work`, where the command runs. */
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
}

export interface Finished {
  /** 128 and the signal's number where a signal ended it. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  readonly milliseconds: number
  /** Processes that outlived the command by more than three seconds. */
  readonly outlived: readonly string[]
}

const patience = 3000

/** Starts `resguardo` as a round does. */
export function startResguardoIn(place: Surroundings, words: readonly string[], environment = {}): Promise<Supervised> {
  return startSupervised(
    [process.execPath, place.program, ...words],
    { ...place.environment, ...environment },
    `${place.folder}/work`,
  )
}

/** Runs `resguardo` to its end. */
export async function resguardoIn(place: Surroundings, words: readonly string[], environment = {}): Promise<Finished> {
  const began = performance.now()
  return finish(await startResguardoIn(place, words, environment), began)
}

/**
 * Waits for the end of the command, and for at most three seconds more for that of its children, which are killed then.
 */
export async function finish(command: Supervised, began: number): Promise<Finished> {
  const { code, signal } = await command.ended
  const milliseconds = performance.now() - began
  for (let waited = 0; waited < patience && command.alive().length > 0; waited += 50) await sleep(50)
  const outlived = command.alive().map((entry) => entry.command)
  await command.end()
  return {
    code: signal > 0 ? 128 + signal : code,
    stdout: command.stdout(),
    stderr: command.stderr(),
    milliseconds,
    outlived,
  }
}

/** Returns the end of its output in one line. */
export function lastLines({ stderr }: Finished): string {
  return stderr.trim().split('\n').slice(-4).join(' | ').slice(0, 600)
}
