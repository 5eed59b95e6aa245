// Finds passwords and names in URLs, and words that are too common to hide.
import { plainText } from './plain-text.ts'

/** Minimum length of hidden secrets, in characters: shorter ones occur in too many words. */
const shortest = 4

const everyones = new Set(
  'postgres postgresql password passwd admin administrator root user username test testing secret default backup database public main local localhost minio minioadmin changeme example production staging development true false null none'.split(
    ' ',
  ),
)

/** Whether hiding a word would make logs and outputs unreadable. */
export function isCommon(word: string): boolean {
  return word.length < shortest || everyones.has(word.toLowerCase())
}

/**
 * Returns the secrets that can be masked, longest first, also with control characters escaped as in messages, stack
 * traces and JSON.
 */
export function formsToHide(secrets: Iterable<string>): string[] {
  const usable = [...secrets].filter((secret) => secret.length >= shortest)
  const forms = usable.flatMap((secret) => [secret, plainText(secret), JSON.stringify(secret).slice(1, -1)])
  return [...new Set(forms)].sort((a, b) => b.length - a.length)
}

interface UrlParts {
  readonly user: string
  readonly password: string
  readonly rest: string
}

function partsOf(text: string): UrlParts | undefined {
  const match = /^[a-z][a-z0-9+.-]*:\/\/(?:([^/?#]*?)(?::([^/?#]*))?@)?(.*)$/i.exec(text)
  return match ? { user: match[1] ?? '', password: match[2] ?? '', rest: match[3] ?? '' } : undefined
}

const passwordParameter = /([?&]password=)([^&]+)/

/** A URL whose password contains unencoded slashes or question marks. */
const unencoded = /^[a-z][a-z0-9+.-]*:\/\/[^:@/]*:(.+)@[^@]*$/is

/** Finds the password in `host=db password='two words'`. */
const pairOfPassword = /(?:^|\s)password\s*=\s*(?:'((?:\\.|[^'\\])*)'|(\S+))/is

/** The password of a URL or of key=value pairs, encoded and decoded, without duplicates; none for any other text. */
export function passwordsIn(text: string): string[] {
  const parts = partsOf(text)
  const password = parts?.password || unencoded.exec(text)?.[1]
  const parameter = parts ? passwordParameter.exec(parts.rest)?.[2] : undefined
  const pair = parts ? undefined : pairOfPassword.exec(text)
  const paired = pair?.[1] ?? pair?.[2] ?? ''
  const forms = [
    ...[password ?? '', parameter ?? ''].flatMap((form) => [form, decoded(form)]),
    paired,
    paired.replaceAll(/\\(.)/gs, '$1'),
  ]
  return [...new Set(forms)].filter((form) => form !== '')
}

/** User, host, port, database and parameters of a URL, decoded; none for any other text. */
export function namesIn(text: string): string[] {
  const parts = partsOf(text)
  if (!parts) return []
  const words = [parts.user, ...parts.rest.replace(passwordParameter, '$1').split(/[/?:&=,]/)]
  return words.map(decoded).filter((word) => word !== '')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
