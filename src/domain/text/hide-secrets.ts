// Removes secrets from a sentence before it is stored.
import { formsToHide, namesIn, passwordsIn } from './secret-words.ts'

/** Replaces each of these secrets, and every password in a URL, with `***`. */
export function hideSecrets(sentence: string, secrets: readonly string[]): string {
  const hidden = formsToHide(secrets).reduce((text, secret) => text.replaceAll(secret, '***'), sentence)
  return hidden.replaceAll(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@]+@/gi, '$1:***@')
}

/**
 * Returns the passwords in a URL to pass to `hideSecrets`. Omits one that is also the user, host or database of the
 * URL: hiding it would make names unreadable, and `hideSecrets` finds it as a password anyway.
 */
export function passwordsToHide(url: string): string[] {
  const names = namesIn(url)
  return passwordsIn(url).filter((password) => !names.includes(password))
}
