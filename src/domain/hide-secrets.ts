// Keeps secrets out of a sentence that is to be stored.

/** Shorter ones are in every other word; hiding them would hide the sentence. */
const shortest = 4

/** The sentence with every one of these secrets, and whatever stands as a password in a URL, as `***`. */
export function hideSecrets(sentence: string, secrets: readonly string[]): string {
  const known = secrets.filter((secret) => secret.length >= shortest).sort((a, b) => b.length - a.length)
  const hidden = known.reduce((text, secret) => text.replaceAll(secret, '***'), sentence)
  return hidden.replaceAll(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@]+@/gi, '$1:***@')
}

/**
 * The password in a URL, as it is written and as it is meant. One that is also the user, host or database of the URL is left
 * out: hiding it would make names unreadable, and where it stands as a password `hideSecrets` finds it anyway.
 */
export function passwordsIn(url: string): string[] {
  const [, user = '', password = '', rest = ''] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#:]*):(.*)@(.*)$/is.exec(url) ?? []
  const [, parameter = ''] = /[?&]password=([^&]+)/.exec(url) ?? []
  const names = [user, ...rest.split(/[/?:&=]/)].map(decoded)
  return [password, parameter].flatMap((text) => [text, decoded(text)]).filter((text) => text !== '' && !names.includes(text))
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
