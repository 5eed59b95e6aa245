// From the command line's words to the texts of inputs: --flag, --no-flag, --name value, --name=value, and arguments.
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
 * `positional` are the inputs that arguments without a flag are taken for, in this order; a choice is passed over by a word that is not one of its
 * choices. Never throws: what is wrong is in `problems`.
 */
export function readArguments(words: readonly string[], table: InputTable, positional: readonly string[] = []): Arguments {
  const given = new Map<string, { text: string[]; from: string }>()
  const problems: string[] = []
  const add = (name: string, text: string, from: string) => {
    const before = given.get(name)
    if (before) before.text.push(text)
    else given.set(name, { text: [text], from })
  }
  const rest = [...words]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      for (const plain of rest.splice(0)) takePositional(plain)
    } else if (!word.startsWith('-') || word === '-') takePositional(word)
    else takeFlag(word === '-h' ? '--help' : word)
  }
  return { read: (name) => given.get(name), names: [...given.keys()], problems }

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

  function takeFlag(word: string): void {
    const [, written = '', , inline] = /^--?([^=]*)(=(.*))?$/s.exec(word) ?? []
    const flag = findFlag(table, word.startsWith('--') ? written : '')
    if (!flag) {
      problems.push(takeUnknownFlag(word.startsWith('--') ? `--${written}` : word, inline !== undefined))
      return
    }
    const { name, row, negated } = flag
    if (negated && inline !== undefined) problems.push(`--${written}: takes no value`)
    else if (row.kind === 'flag') add(name, negated ? 'false' : (inline ?? flagValue()), `--${name}`)
    else if (inline !== undefined) add(name, inline, `--${name}`)
    else if (rest[0] === undefined || rest[0].startsWith('--')) problems.push(`--${name}: needs a value`)
    else add(name, rest.shift() ?? '', `--${name}`)
  }

  /** The word after it is its value, unless the flag that was meant takes none: it is no argument of its own. */
  function takeUnknownFlag(word: string, hasValue: boolean): string {
    const meant = nearestName(word.replace(/^-+/, ''), Object.keys(table))
    const takesValue = meant === undefined || table[meant]?.kind !== 'flag'
    if (!hasValue && takesValue && rest[0] !== undefined && !rest[0].startsWith('-')) rest.shift()
    return `unknown flag ${word}${meant === undefined ? '' : `; did you mean --${meant}?`}`
  }

  /** A flag is on by being there; `true` or `false` may follow it. */
  function flagValue(): string {
    return rest[0] === 'true' || rest[0] === 'false' ? (rest.shift() ?? '') : 'true'
  }
}

function accepts(row: InputRow | undefined, word: string): boolean {
  return row !== undefined && (row.kind !== 'choice' || row.choices.includes(word))
}

function findFlag(table: InputTable, written: string): { name: string; row: InputRow; negated: boolean } | undefined {
  const row = Object.hasOwn(table, written) ? table[written] : undefined
  if (row) return { name: written, row, negated: false }
  const name = written.startsWith('no-') ? written.slice(3) : ''
  const negated = Object.hasOwn(table, name) ? table[name] : undefined
  return negated?.kind === 'flag' ? { name, row: negated, negated: true } : undefined
}
