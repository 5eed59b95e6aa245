// Runs the built command line as a user does, `node dist/cli.js …`, with PATH, HOME, LANG and the variables of a test.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { join } from 'node:path'

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  readonly finished: Promise<Finished>
  /** Resolves once standard error contains the text; rejects if the process ends first. */
  said(text: string): Promise<void>
}

const root = join(import.meta.dirname, '../..')
const program = join(root, 'dist/cli.js')

/** Node keeps compiled code here: a third of the CPU time of a start. */
export const compileCache = { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compiled') }

/** Starts `resguardo` with these arguments. */
export function startResguardo(parameters: readonly string[], environment: Record<string, string> = {}): Running {
  const base = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', LANG: 'C.UTF-8', ...compileCache }
  const child = spawn(process.execPath, [program, ...parameters], {
    env: { ...base, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  const waiting = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    for (const look of waiting) look()
  })
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
  const said = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!stderr.includes(text)) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
      finished.then(
        ({ code }) => reject(new Error(`it ended with ${code} before it said "${text}": ${stderr}`)),
        reject,
      )
    })
  return { child, finished, said }
}

/** Runs `resguardo` to its end. */
export function resguardo(parameters: readonly string[], environment: Record<string, string> = {}): Promise<Finished> {
  return startResguardo(parameters, environment).finished
}

/** Runs a printed command in a shell in which `resguardo` is the built command line. */
export function runAsPrinted(
  line: string,
  environment: Record<string, string> = {},
  directory?: string,
): Promise<Finished> {
  const script = `resguardo() { "$NODE" "$PROGRAM" "$@"; }\n${line}\n`
  const base = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', LANG: 'C.UTF-8', ...compileCache }
  const env = { ...base, ...environment, NODE: process.execPath, PROGRAM: program }
  return new Promise((resolve) => {
    const child = execFile('/bin/sh', ['-c', script], { env, cwd: directory }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    )
  })
}

/**
 * Returns the only printed command that begins with these words: the rest of its line, or the text between backticks.
 */
export function printedCommand(text: string, words: string): string {
  const found = printedCommands(text).filter((line) => `${line} `.startsWith(`resguardo ${words} `))
  if (found.length !== 1) throw new Error(`${found.length} commands begin with "resguardo ${words}": ${text}`)
  return found[0] ?? ''
}

/** Returns all resguardo commands in a text. */
function printedCommands(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const quoted = [...line.matchAll(/`(resguardo [^`]+)`/g)].map(([, command = '']) => command)
    const [, last] = /(?:^ *|: )(resguardo [a-z][^`]*)$/.exec(line) ?? []
    return last === undefined ? quoted : [...quoted, last]
  })
}
