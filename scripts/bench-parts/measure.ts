// Measures the duration and the peak memory of a program.
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'

export interface Measured {
  readonly seconds: number
  /** Highest resident memory of the process itself (not of its children), in MB. */
  readonly peakMegabytes: number
  readonly stdout: string
}

/** Runs a program to its end. Throws with the end of its stderr if it fails. */
export function measure(
  command: string,
  parameters: readonly string[],
  environment: Record<string, string> = {},
): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const child = spawn(command, parameters, {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    let peakMegabytes = 0
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-4000)))
    const watch = setInterval(async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
      const peak = /VmHWM:\s+(\d+) kB/.exec(status)?.[1]
      if (peak) peakMegabytes = Math.max(peakMegabytes, Number(peak) / 1024)
    }, 50)
    child.on('error', reject)
    child.on('close', (code) => {
      clearInterval(watch)
      const seconds = (performance.now() - began) / 1000
      if (code === 0) resolve({ seconds, peakMegabytes, stdout })
      else reject(new Error(`${command} ${parameters.join(' ')} exited with ${code}: ${stderr}`))
    })
  })
}

/** Runs a pipeline in bash, which fails if any part of it fails. */
export function pipeline(script: string, environment: Record<string, string> = {}): Promise<Measured> {
  return measure('bash', ['-c', `set -euo pipefail; ${script}`], environment)
}

/** Seconds of one phase, as `--json` of the command line reports it; undefined for any other program. */
export function secondsOfPhase({ stdout }: Measured, wanted: string): number | undefined {
  if (!stdout.startsWith('{')) return undefined
  const { phases } = JSON.parse(stdout) as { phases: { phase: string; seconds: number }[] }
  return phases.find(({ phase }) => phase === wanted)?.seconds
}
