// Runs the built command line in the environment of a round.
import { setTimeout as sleep } from 'node:timers/promises'
import { type SupervisedCommand, startSupervisedCommand } from './supervised-command.ts'

/** The part of a `Workspace` that a command needs. */
interface CommandWorkspace {
  /** The built command line. */
  readonly program: string
  /** Has a folder `work`, in which the command runs. */
  readonly folder: string
  readonly variables: Readonly<Record<string, string>>
}

export interface Finished {
  /** 128 + the signal's number if a signal ended it. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  readonly milliseconds: number
  /** Processes that are alive more than three seconds after the end of the command. */
  readonly remaining: readonly string[]
}

const graceMilliseconds = 3000

/** Starts `resguardo` in the environment of a round. */
export function startResguardo(
  workspace: CommandWorkspace,
  words: readonly string[],
  variables = {},
): Promise<SupervisedCommand> {
  return startSupervisedCommand(
    [process.execPath, workspace.program, ...words],
    { ...workspace.variables, ...variables },
    `${workspace.folder}/work`,
  )
}

/** Runs `resguardo` to its end. */
export async function runResguardo(
  workspace: CommandWorkspace,
  words: readonly string[],
  variables = {},
): Promise<Finished> {
  const began = performance.now()
  return finish(await startResguardo(workspace, words, variables), began)
}

/** Waits for the end of the command, and for at most three seconds more for its children, which are then killed. */
export async function finish(command: SupervisedCommand, began: number): Promise<Finished> {
  const { code, signal } = await command.ended
  const milliseconds = performance.now() - began
  for (let waited = 0; waited < graceMilliseconds && command.alive().length > 0; waited += 50) await sleep(50)
  const remaining = command.alive().map((entry) => entry.command)
  await command.end()
  return {
    code: signal > 0 ? 128 + signal : code,
    stdout: command.stdout(),
    stderr: command.stderr(),
    milliseconds,
    remaining,
  }
}

/** Returns the last four lines of its stderr as one line. */
export function lastLines({ stderr }: Finished): string {
  return stderr.trim().split('\n').slice(-4).join(' | ').slice(0, 600)
}
