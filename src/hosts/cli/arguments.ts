// From the command line's words, as node:util splits them, to the texts of inputs.
import { parseArgs } from 'node:util'
import { shellWord } from '../../domain/command-line.ts'
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
 * `positional` are the inputs that arguments without a flag are taken for, in this order; a choice is passed over by a word that is not one
 * of its choices. Never throws: what is wrong is in `problems`.
 */
export function readArguments(words: readonly string[], table: InputTable, positional: readonly string[] = []): Arguments {
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

  /** Behind a choice that is also the name of an input, as in `backup tenant 7`, a word is a value of that input. */
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
    } else if (row.kind === 'flag') add(name, value ?? nextArgument((word) => word === 'true' || word === 'false') ?? 'true')
    else if (value === undefined || (!inlineValue && value.startsWith('--'))) problems.push(`${rawName}: needs a value`)
    else add(name, value)
  }

  /** The word after it is its value, unless the flag that was meant takes none: it is no argument of its own. */
  function unknownFlag(name: string, rawName: string, value: string | undefined): string {
    const meant = nearestName(name, Object.keys(table))
    if (value === undefined && (meant === undefined || table[meant]?.kind !== 'flag')) nextArgument(() => true)
    return `unknown flag ${rawName}${meant === undefined ? '' : `; did you mean --${meant}?`}`
  }

  /** Takes the next word if it is an argument that fits. */
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
