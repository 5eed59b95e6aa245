// The failure of a program that ended with an error or by a signal.
import { Failure } from '../../domain/failures/failure.ts'

/** Whether a signal ended the program; a shell reports that as 128 and the number of the signal. */
export function wasKilled(exit: string): boolean {
  return exit.startsWith('was ended by ') || /^exited with 1(29|[3-5]\d)$/.test(exit)
}

export function killed(name: string, exit: string): Failure {
  return new Failure('tool/killed', `a signal ended ${name}: it ${exit}`, {
    hint: 'The machine may be out of memory, or another process ended it. Run again with more memory or fewer --jobs.',
  })
}

/** The default failure of a tool: its name, its exit and its last lines. */
export function plainFailure(command: string, stderr: string, exit: string): Failure {
  const name = command.split('/').at(-1)
  if (wasKilled(exit)) return killed(name ?? command, exit)
  const lines = stderr.trim().split('\n').slice(-4).join(' · ')
  return new Failure('tool/failed', `${name} ${exit}${lines ? `: ${lines}` : ''}`, {
    hint: `Read the message of ${name} above, correct the cause and run again.`,
  })
}
