// Runs the command line in this process: its arguments, streams and exit code.
import { endProcess, guardProcess } from '../guard.ts'
import { createMasker } from '../masking.ts'
import { type CliHost, runCli } from './run.ts'

/** Runs the command line that this process was started with, and sets its exit code. */
export async function runProcess(parts: Pick<CliHost, 'registry' | 'version' | 'clock' | 'makeWorld'>): Promise<void> {
  const guarded = guardProcess(parts.clock)
  const exitCode = await runCli({
    ...parts,
    ...guarded,
    words: process.argv.slice(2),
    environment: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    masker: createMasker(),
  })
  endProcess(exitCode, guarded.signal)
}
