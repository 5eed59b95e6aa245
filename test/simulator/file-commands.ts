// The files that a step writes for the runner: GITHUB_OUTPUT, GITHUB_ENV, GITHUB_STATE, GITHUB_PATH,
// GITHUB_STEP_SUMMARY.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#environment-files
import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const names = ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_ENV', 'GITHUB_PATH', 'GITHUB_STEP_SUMMARY'] as const
type Name = (typeof names)[number]

/** Bytes; GitHub drops a larger summary of a step. */
export const summaryLimit = 1024 * 1024

export interface Written {
  readonly outputs: Record<string, string>
  readonly state: Record<string, string>
  readonly env: Record<string, string>
  readonly path: string[]
  readonly summary: string
}

/** Parses `name=value` and `name<<delimiter`. Throws the runner's message if a line is invalid. */
export function parsePairs(text: string): Record<string, string> {
  const pairs: Record<string, string> = {}
  const lines = text.split(/\r?\n/)
  while (lines.length > 0) {
    const line = lines.shift() ?? ''
    if (line === '') continue
    const equals = line.indexOf('=')
    const heredoc = line.indexOf('<<')
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      if (equals === 0) throw new Error(`Invalid format '${line}'. Name must not be empty`)
      pairs[line.slice(0, equals)] = line.slice(equals + 1)
      continue
    }
    if (heredoc < 0) throw new Error(`Invalid format '${line}'`)
    const name = line.slice(0, heredoc)
    const delimiter = line.slice(heredoc + 2)
    if (name === '' || delimiter === '')
      throw new Error(`Invalid format '${line}'. Name and delimiter must not be empty`)
    const end = lines.indexOf(delimiter)
    if (end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`)
    pairs[name] = lines.splice(0, end).join('\n')
    lines.shift()
  }
  return pairs
}

/** Creates empty files for one process, and their variables. */
export async function fileCommands(folder: string): Promise<{ env: Record<string, string>; read(): Promise<Written> }> {
  const paths = new Map<Name, string>(
    names.map((name) => [name, join(folder, `${name.toLowerCase()}_${randomUUID()}`)]),
  )
  for (const path of paths.values()) await writeFile(path, '')
  const text = (name: Name) => readFile(paths.get(name) ?? '', 'utf8')
  const pairs = async (name: Name, noun: string) => {
    try {
      return parsePairs(await text(name))
    } catch (error) {
      throw new Error(`Unable to process file command '${noun}' successfully. ${(error as Error).message}`)
    }
  }
  return {
    env: Object.fromEntries(paths),
    async read() {
      const env = await pairs('GITHUB_ENV', 'env')
      if ('NODE_OPTIONS' in env)
        throw new Error("Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.")
      return {
        outputs: await pairs('GITHUB_OUTPUT', 'output'),
        state: await pairs('GITHUB_STATE', 'state'),
        env,
        path: (await text('GITHUB_PATH')).split(/\r?\n/).filter((line) => line !== ''),
        summary: await text('GITHUB_STEP_SUMMARY'),
      }
    },
  }
}
