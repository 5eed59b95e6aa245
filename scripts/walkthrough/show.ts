// Runs the real command line in the demo: prints the command, then its output.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { harmlessEnvironment } from '../../src/streams/processes/child.ts'

const bold = process.stdout.isTTY ? ['\u001b[1m', '\u001b[0m'] : ['', '']

/** A heading between the steps. */
export function heading(text: string): void {
  console.log(`\n${bold[0]}== ${text}${bold[1]}`)
}

type RunCommand = (title: string, ...words: string[]) => Promise<void>

/**
 * Runs `node dist/cli.js WORDS` with these variables, without variables that name the user's buckets or databases.
 * Rejects if the exit code is not 0.
 */
export function commandLine(root: string, environment: Record<string, string>, signal: AbortSignal): RunCommand {
  return async (title, ...words) => {
    signal.throwIfAborted()
    heading(title)
    console.log(`$ node dist/cli.js ${words.join(' ')}`)
    const child = spawn(process.execPath, [join(root, 'dist/cli.js'), ...words], {
      cwd: root,
      env: { ...harmlessEnvironment(), TERM: process.env.TERM, ...environment },
      stdio: 'inherit',
    })
    const stop = () => child.kill('SIGTERM')
    signal.addEventListener('abort', stop, { once: true })
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code, how) => {
        signal.removeEventListener('abort', stop)
        if (code === 0) resolve()
        else reject(new Error(`resguardo ${words[0]} ended with ${how ?? code}`))
      })
    })
  }
}
