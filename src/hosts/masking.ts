// Keeping secrets out of whatever a host prints: the last line of defence, for texts that others composed.
import type { InputTable } from '../inputs/kinds.ts'
import type { ReadInput } from '../inputs/parse.ts'

/** Replaces every secret it knows of with `***`. */
export interface Masker {
  /** `mask` is bound: it may be handed on by itself. */
  readonly mask: (text: string) => string
  add(secrets: Iterable<string>): void
}

/** Shorter ones are in every other word; hiding them would hide the message. */
const shortest = 4

/** A masker that knows no secret yet. */
export function createMasker(): Masker {
  let known: string[] = []
  return {
    mask: (text) => known.reduce((masked, secret) => masked.replaceAll(secret, '***'), text),
    add(secrets) {
      const usable = [...secrets].filter((secret) => secret.length >= shortest)
      known = [...new Set([...known, ...usable])].sort((a, b) => b.length - a.length)
    },
  }
}

/** Every secret that could reach a command with this table: what was given, and what its environment variables hold. */
export function secretsOf(
  table: InputTable,
  given: ReadInput,
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  const texts: string[] = []
  for (const [name, row] of Object.entries(table)) {
    const text = given(name, row)?.text ?? []
    if (row.kind === 'secret') texts.push(...(typeof text === 'string' ? [text] : text))
    for (const variable of row.kind === 'secret' ? (row.environment ?? []) : []) texts.push(environment[variable] ?? '')
  }
  return texts.map((text) => text.trim()).flatMap((text) => [text, ...passwordsIn(text)])
}

/**
 * The password of a URL as it is written and as it is meant. A password that is also the user, host or database of the same
 * URL is hidden only where it stands as a password: it would make paths and names unreadable, and is known anyway.
 */
function passwordsIn(text: string): string[] {
  const match = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*?):([^/?#]*)@(.*)$/is.exec(text)
  const [, user = '', password = '', rest = ''] = match ?? []
  const parameter = /[?&]password=([^&]+)/.exec(text)?.[1]
  const forms = [password, parameter ?? ''].flatMap((form) => [form, decoded(form)]).filter((form) => form !== '')
  const names = [user, ...rest.split(/[/?:&=]/)].map(decoded)
  return forms.flatMap((form) => (names.includes(form) ? [`:${form}@`, `password=${form}`] : [form]))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
