// Masks secrets in everything that a host prints: the last line of defence, for texts from other code.
import { hideSecrets, passwordsToHide } from '../domain/text/hide-secrets.ts'
import { formsToHide, isCommon, namesIn, passwordsIn } from '../domain/text/secret-words.ts'
import { type InputTable, isSecretPath } from '../inputs/kinds.ts'
import type { ReadInput } from '../inputs/parse.ts'

/** Replaces every known secret with `***`. */
export interface Masker {
  /** Bound, so that it can be passed as a function. */
  readonly mask: (text: string) => string
  add(secrets: Iterable<string>): void
}

/** Creates a masker without secrets. */
export function createMasker(): Masker {
  let known: string[] = []
  return {
    mask: (text) => known.reduce((masked, secret) => masked.replaceAll(secret, '***'), text),
    add(secrets) {
      known = [...new Set([...known, ...formsToHide(secrets)])].sort((a, b) => b.length - a.length)
    },
  }
}

/** The texts to mask, and the inputs with secrets that cannot be masked everywhere. */
export interface FoundSecrets {
  readonly texts: readonly string[]
  /**
   * Inputs and variables whose secret is short, common, or also a name: masking it would make paths and outputs
   * unreadable.
   */
  readonly open: readonly string[]
  /** For stored text: also masks common passwords. */
  hideIn(text: string): string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Finds every secret that could reach a command with this table: given values, and values of its environment variables.
 * Masks a URL as a whole, its password encoded and decoded, and each line of a text with several lines. A password that
 * is also part of a name in a URL, or a common word, is masked only where it is used as a password, because the word is
 * known anyway.
 */
export function findSecrets(table: InputTable, given: ReadInput, environment: Environment): FoundSecrets {
  const secrets = givenSecrets(table, given, environment)
  const plain = plainTexts(table, given)
  const names = secrets.flatMap(({ text }) => namesIn(text))
  const isOpen = (word: string) => isCommon(word) || plain.includes(word) || names.some((name) => name.includes(word))
  const texts = plain.flatMap(passwordsIn).filter((word) => !isOpen(word))
  const open = new Set<string>()
  const whole: string[] = []
  for (const { text, from } of secrets) {
    const passwords = passwordsIn(text)
    texts.push(...passwords.flatMap((word) => (isOpen(word) ? [`:${word}@`, `password=${word}`] : [word])))
    const words = [text, ...text.split(/[\r\n]+|\\n/).map((line) => line.trim())].filter((word) => word !== '')
    texts.push(...words.filter((word) => !isOpen(word)))
    whole.push(...words, ...passwordsToHide(text))
    if ([...passwords, text].some(isOpen)) open.add(from)
  }
  return { texts: [...new Set(texts)], open: [...open], hideIn: (text) => hideSecrets(text, whole) }
}

interface GivenSecret {
  readonly text: string
  readonly from: string
}

function givenSecrets(table: InputTable, given: ReadInput, environment: Environment): GivenSecret[] {
  const found: GivenSecret[] = []
  for (const [name, row] of Object.entries(table)) {
    if (row.kind !== 'secret') continue
    const own = given(name, row)
    const add = (text: string, from: string) => {
      if (!isSecretPath(row, text)) found.push({ text, from })
    }
    for (const text of [own?.text ?? []].flat()) add(text, own?.from ?? name)
    for (const variable of [...(row.environment ?? []), ...(row.alsoSecret ?? [])])
      add(environment[variable] ?? '', variable)
  }
  return found.map(({ text, from }) => ({ text: text.trim(), from })).filter(({ text }) => text !== '')
}

/** Returns the values of plain-text inputs. They are not secret, except for passwords in URLs. */
function plainTexts(table: InputTable, given: ReadInput): string[] {
  return Object.entries(table)
    .filter(([, { kind }]) => kind === 'text' || kind === 'lines')
    .flatMap(([name, row]) => [given(name, row)?.text ?? []].flat())
}
