// Steps with `run:`: a script, its shell, its working directory.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { textOf } from './expressions.ts'
import type { RunDefaults, StepCall } from './step-frame.ts'
import { runStepProcess } from './step-process.ts'
import { child, type Token } from './tokens.ts'

const shells: Readonly<Record<string, string>> = {
  bash: 'bash --noprofile --norc -eo pipefail {0}',
  sh: 'sh -e {0}',
  python: 'python3 {0}',
}

export async function runScript(call: StepCall, token: Token, defaults: RunDefaults): Promise<void> {
  const { job } = call.frame
  const wanted = child(token, 'shell')
  const shell = wanted === undefined ? defaults.shell : textOf(wanted, call.scope)
  const template = shell === undefined ? 'bash -e {0}' : (shells[shell] ?? shell)
  if (!template.includes('{0}')) throw new Error(`shell '${shell}' is not supported by the simulator`)
  const script = join(job.folders.temp, `${randomUUID()}.sh`)
  await writeFile(script, textOf(child(token, 'run'), call.scope))
  const [command = '', ...args] = template.split(' ').map((part) => part.replace('{0}', script))
  const folder = child(token, 'working-directory')
  const cwd = resolve(
    job.folders.workspace,
    folder === undefined ? (defaults.workingDirectory ?? '.') : textOf(folder, call.scope),
  )
  const { exitCode } = await runStepProcess(call, {
    command,
    args,
    cwd,
    env: {},
    github: { action: call.result.id ?? '__run' },
  })
  call.result.exitCode = exitCode
  if (exitCode !== 0) throw new Error(`Process completed with exit code ${exitCode}.`)
}
