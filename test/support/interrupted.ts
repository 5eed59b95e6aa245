// Runs of the command line that are interrupted with SIGINT.
import { expect } from 'vitest'
import type { Running } from './command-line.ts'

/** Interrupts a run once its standard error contains `when`; asserts the exit code, and returns standard error. */
export async function interrupted(running: Running, when?: string): Promise<string> {
  if (when !== undefined) await running.said(when)
  running.child.kill('SIGINT')
  const { code, stderr } = await running.finished
  expect(code).toBe(130)
  return stderr
}
