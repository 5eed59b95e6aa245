// The process around one run of the command line: its streams, signals, crashes and end.
import { Failure } from '../../domain/failure.ts'
import { createMasker } from '../masking.ts'
import { type CliHost, runCli } from './run.ts'
import { watchSignals } from './signals.ts'

/** How long a handle that somebody forgot may keep the process alive after the work has ended. */
const lingerMilliseconds = 1000

/** Runs the command line that this process was started with, and sets its exit code. */
export async function runProcess(parts: Pick<CliHost, 'registry' | 'version' | 'clock' | 'makeWorld'>): Promise<void> {
  const stopping = new AbortController()
  const crashed = new Promise<never>((_, reject) => {
    const crash = (error: unknown) => {
      reject(error)
      stopping.abort(error)
    }
    process.on('uncaughtException', crash)
    process.on('unhandledRejection', crash)
  })
  crashed.catch(() => {})
  for (const stream of [process.stdout, process.stderr]) stream.on('error', endWithReader)
  watchSignals(process, parts.clock, {
    first: (name) => stopping.abort(interruption(name)),
    again: () => process.exit(interruption('').exitCode),
  })
  process.exitCode = await runCli({
    ...parts,
    words: process.argv.slice(2),
    environment: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    masker: createMasker(),
    signal: stopping.signal,
    crashed,
  })
  setTimeout(() => process.exit(), lingerMilliseconds).unref()
}

function interruption(name: string): Failure {
  return new Failure('interrupted', `interrupted by ${name}`, {
    hint: 'What was half done does not count as a backup; run the command again.',
  })
}

/** `resguardo list | head` closes our output early: that is no fault of ours. */
function endWithReader(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}
