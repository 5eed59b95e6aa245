// Builds the command that follows a dry run: the same flags, with --confirm instead of --dry-run.
import type { CommandLine, Flags, FlagValue } from '../../domain/text/command-line.ts'
import { camelCase, type InputRow, type InputTable, isSecretPath } from '../../inputs/kinds.ts'

interface Next {
  /** After `resguardo`, such as `restore redis ID`. */
  readonly words: readonly string[]
  /** Values that override the inputs; undefined omits a flag. */
  readonly flags: Flags
}

/**
 * Returns all inputs that differ from their defaults, as flags. Secrets are omitted, because they are in the
 * environment. The path of a file with a secret is not a secret.
 */
export function nextCommand(inputs: InputTable, values: object, { words, flags }: Next): CommandLine {
  const given = new Map(Object.entries(values))
  const same = Object.entries(inputs).map(([name, row]) => flagOf(name, row, given.get(camelCase(name))))
  const kept = same.filter(([name]) => !Object.hasOwn(flags, name.replace(/^no-/, '')) && !Object.hasOwn(flags, name))
  return { words, flags: { ...Object.fromEntries(kept), ...flags } }
}

function flagOf(name: string, row: InputRow, value: unknown): [string, FlagValue] {
  if (value === row.fallback || value === undefined) return [name, undefined]
  if (row.kind === 'flag') return value === true ? [name, true] : [`no-${name}`, true]
  if (row.kind === 'lines') return [name, value as readonly string[]]
  if (row.kind === 'secret') return [name, isSecretPath(row, String(value)) ? String(value).trim() : undefined]
  if (row.kind === 'duration') return [name, `${value}s`]
  return [name, value instanceof Date ? value.toISOString() : String(value)]
}
