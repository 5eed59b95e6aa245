// Keeps secrets out of a sentence that is to be stored.
import { formsToHide, namesIn, passwordsIn } from './secret-words.ts'

/** The sentence with every one of these secrets, and whatever stands as a password in a URL, as `***`. */
export function hideSecrets(sentence: string, secrets: readonly string[]): string {
  const hidden = formsToHide(secrets).reduce((text, secret) => text.replaceAll(secret, '***'), sentence)
  return hidden.replaceAll(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@]+@/gi, '$1:***@')
}

/**
 * The passwords in a URL that `hideSecrets` should be given. One that is also the user, host or database of the URL is
 * left out: hiding it would make names unreadable, and where it stands as a password `hideSecrets` finds it anyway.
 */
export function passwordsToHide(url: string): string[] {
  const names = namesIn(url)
  return passwordsIn(url).filter((password) => !names.includes(password))
}
