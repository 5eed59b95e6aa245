// Maps the tokens of node:util to the text values of inputs.
import { parseArgs } from 'node:util'
import { shellWord } from '../../domain/text/command-line.ts'
import type { InputRow, InputTable } from '../../inputs/kinds.ts'
import { nearestName } from '../../inputs/nearest.ts'
import type { ReadInput } from '../../inputs/parse.ts'

export interface Arguments {
  /** Looks an input up among the flags. */
  readonly read: ReadInput
  /** Names of the inputs that were given. */
  readonly names: readonly string[]
  readonly problems: readonly string[]
}

/**
 * `positional` are the inputs that arguments without a flag set, in this order. An input of kind choice is skipped if
 * the word is not one of its choices. Never throws: errors are in `problems`.
 */
export function readArguments(
  words: readonly string[],
  table: InputTable,
  positional: readonly string[] = [],
): Arguments {
  const given = new Map<string, { text: string[]; from: string }>()
  const problems: string[] = []
  const tokens = tokensOf(words, table)
  for (let token = tokens.shift(); token; token = tokens.shift()) {
    if (token.kind === 'positional') takePositional(token.value)
    else if (token.kind === 'option') takeOption(token)
  }
  return { read: (name) => given.get(name), names: [...given.keys()], problems }

  function add(name: string, text: string, from = `--${name}`): void {
    const before = given.get(name)
    if (before) before.text.push(text)
    else given.set(name, { text: [text], from })
  }

  function takePositional(word: string): void {
    const free = positional.filter((name) => table[name]?.kind === 'lines' || !given.has(name))
    const name = free.find((each) => each === positional.at(-1) || accepts(table[each], word))
    const how = positional.length === 0 ? '; give inputs as --name value' : ''
    if (name === undefined) problems.push(`unexpected argument ${JSON.stringify(word)}${meantFlag(word) ?? how}`)
    else add(name, word, name.toUpperCase())
  }

  /** Suggests a flag after a kind that is also the name of an input, as in `backup tenant 7`. */
  function meantFlag(word: string): string | undefined {
    const name = positional.flatMap((each) => given.get(each)?.text ?? []).find((each) => Object.hasOwn(table, each))
    return name === undefined || given.has(name) ? undefined : `; did you mean --${name} ${shellWord(word)}?`
  }

  function takeOption({ name, rawName, value, inlineValue }: Option): void {
    const negated = rawName === `--no-${name}`
    const row = Object.hasOwn(table, name) && /^--|^-h$/.test(rawName) ? table[name] : undefined
    if (!row || (negated && row.kind !== 'flag')) problems.push(unknownFlag(name, rawName, value))
    else if (negated) {
      if (inlineValue) problems.push(`${rawName}: takes no value`)
      else add(name, 'false')
    } else if (row.kind === 'flag')
      add(name, value ?? nextArgument((word) => word === 'true' || word === 'false') ?? 'true')
    else if (value === undefined || (!inlineValue && value.startsWith('--'))) problems.push(`${rawName}: needs a value`)
    else add(name, value)
  }

  /** Skips the next word as the value of the unknown flag, unless the suggested flag takes no value. */
  function unknownFlag(name: string, rawName: string, value: string | undefined): string {
    const meant = nearestName(name, Object.keys(table))
    if (value === undefined && (meant === undefined || table[meant]?.kind !== 'flag')) nextArgument(() => true)
    return `unknown flag ${rawName}${meant === undefined ? '' : `; did you mean --${meant}?`}`
  }

  /** Consumes the next word if it is a matching argument. */
  function nextArgument(fits: (word: string) => boolean): string | undefined {
    const [next] = tokens
    if (next?.kind !== 'positional' || !fits(next.value)) return undefined
    tokens.shift()
    return next.value
  }
}

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number]
type Option = Extract<Token, { kind: 'option' }>

function tokensOf(words: readonly string[], table: InputTable): Token[] {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { kind }]) => [
      name,
      { type: kind === 'flag' ? ('boolean' as const) : ('string' as const), ...(name === 'help' && { short: 'h' }) },
    ]),
  )
  return parseArgs({ args: words, options, strict: false, allowNegative: true, tokens: true }).tokens
}

function accepts(row: InputRow | undefined, word: string): boolean {
  return row !== undefined && (row.kind !== 'choice' || row.choices.includes(word))
}
