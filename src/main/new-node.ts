// Runs on Node 24, which npm installs, even if the machine's Node is older. Itself, it runs on any Node with modules.
import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { Failure } from '../domain/failures/failure.ts'
import { failureDocument, failureLines } from '../hosts/failure-text.ts'
import { jsonText } from '../hosts/json-text.ts'
import { supervise } from '../streams/processes/supervisor.ts'

const least = 24

/**
 * Starts in this process if its Node is new enough, else in a child process with the Node that npm installed. Passes on
 * signals and the exit code.
 */
export async function onNewNode(start: () => Promise<unknown>): Promise<void> {
  if (Number.parseInt(process.versions.node, 10) >= least) {
    await start()
    return
  }
  const [, program = '', ...words] = process.argv
  const newer = join(dirname(realpathSync(program)), '../node_modules/.bin/node')
  if (existsSync(newer)) runWith(newer, [program, ...words])
  else refuse()
}

function runWith(node: string, words: readonly string[]): void {
  const child = spawn(node, [...words], { stdio: 'inherit' })
  // The child stays in this process group, so that it can read from the terminal. It ends its own children when it is
  // killed.
  if (child.pid !== undefined) child.once('exit', supervise(child.pid, 'SIGKILL'))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  child.once('error', refuse)
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? 128 + (signal ? constants.signals[signal] : 0)
  })
}

function refuse(): void {
  const failure = new Failure(
    'tool/old-node',
    `Resguardo needs Node ${least} or later; this is Node ${process.versions.node}`,
    {
      hint: `Run npm ci in the repository (on Linux x64 it installs Node ${least}), or install Node ${least}.`,
    },
  )
  process.stderr.write(`${failureLines(failure, false).join('\n')}\n`)
  if (process.argv.includes('--json')) process.stdout.write(jsonText(failureDocument(failure), (text) => text))
  process.exitCode = failure.exitCode
}
