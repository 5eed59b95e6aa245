// Parses a table of inputs from text, strictly. All invalid inputs are reported at once.
import { Failure } from '../domain/failures/failure.ts'
import { camelCase, type InputRow, type InputTable, type Values } from './kinds.ts'
import { parseValue } from './value.ts'

/** The text of an input, and its source as the user knows it: `--keep-last`, `BACKUP_DIR`. */
interface GivenText {
  /** Several texts if the source can have several, such as a flag given twice. */
  readonly text: string | readonly string[]
  readonly from: string
}

/** Looks an input up; undefined (or an empty text) if it was not given. */
export type ReadInput = (name: string, row: InputRow) => GivenText | undefined

/**
 * Parses the values of a table. Throws one failure `input/invalid` that names every invalid input, with the problem and
 * the allowed values.
 */
export function parseInputs<T extends InputTable>(table: T, read: ReadInput): Values<T> {
  const { values, problems } = collectInputs(table, read)
  if (problems.length > 0) throw inputFailure(problems)
  return values
}

/**
 * The same without throwing, for a host that reports more problems. The values are valid only if there are no problems.
 */
export function collectInputs<T extends InputTable>(
  table: T,
  read: ReadInput,
): { readonly values: Values<T>; readonly problems: readonly string[] } {
  const values: Record<string, unknown> = {}
  const problems: string[] = []
  for (const [name, row] of Object.entries(table)) {
    const given = present(read(name, row))
    if (given === undefined) {
      values[camelCase(name)] = row.fallback ?? (row.kind === 'lines' ? [] : undefined)
      continue
    }
    const parsed = parseGiven(row, given.text)
    if ('problem' in parsed) problems.push(`${given.from}: ${parsed.problem}`)
    else values[camelCase(name)] = parsed.value
  }
  return { values: values as Values<T>, problems }
}

/** Undefined if nothing was given, or only blank text. */
function present(given: GivenText | undefined): GivenText | undefined {
  if (given === undefined) return undefined
  const texts = typeof given.text === 'string' ? [given.text] : given.text
  return texts.some((text) => text.trim() !== '') ? given : undefined
}

function parseGiven(row: InputRow, text: string | readonly string[]): { value: unknown } | { problem: string } {
  if (row.kind === 'lines')
    return { value: typeof text === 'string' ? lines(text) : text.filter((line) => line.trim() !== '') }
  if (typeof text === 'string')
    return parseValue(row, row.kind === 'text' || row.kind === 'secret' ? withoutEnd(text) : text.trim())
  const [first = '', ...more] = text
  if (more.length > 0) return { problem: `given ${text.length} times, takes one value` }
  return parseGiven(row, first)
}

/** Secrets and variables often end with a newline from an editor. */
function withoutEnd(text: string): string {
  return text.replace(/[\r\n]+$/, '')
}

function lines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** Combines all problems of inputs into one failure. */
export function inputFailure(
  problems: readonly string[],
  hint = 'Correct the inputs named above and run again.',
): Failure {
  const [first = 'the inputs are wrong', ...more] = problems
  if (more.length === 0) return new Failure('input/invalid', first, { hint })
  return new Failure('input/invalid', `${problems.length} inputs are wrong`, { hint, details: problems })
}

/** Looks an input up in `given`, then in the row's environment variables, in their order. */
export function withEnvironment(
  given: ReadInput,
  environment: Readonly<Record<string, string | undefined>>,
): ReadInput {
  return (name, row) => {
    const own = present(given(name, row))
    if (own) return own
    for (const variable of row.environment ?? []) {
      const found = present({ text: environment[variable] ?? '', from: variable })
      if (found) return found
    }
    return undefined
  }
}
