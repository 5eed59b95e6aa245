// Masking: every secret, in all its encodings, is replaced by `***` in logs and annotations.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands#masking-a-value-in-a-log
// The encodings are those of the runner's SecretMasker: github.com/actions/runner, src/Runner.Common/HostContext.cs.

/** Base64 of a text, also without its first one or two bytes: the encoding when other bytes precede it. */
function base64(value: string): string[] {
  const bytes = Buffer.from(value)
  return [0, 1, 2]
    .filter((skipped) => bytes.length > skipped)
    .map((skipped) => bytes.subarray(skipped).toString('base64'))
}

function spellings(value: string): string[] {
  const xml = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
  const unquoted = value.length > 8 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
  return [value, unquoted, encodeURIComponent(value), JSON.stringify(value).slice(1, -1), xml, ...base64(value)]
}

export class Masks {
  readonly #texts = new Set<string>()
  #ordered: string[] = []

  /** Masks a text of several lines as a whole and line by line. */
  add(value: string): void {
    for (const part of [value, ...value.split(/\r?\n/)]) {
      if (part.trim() !== '') for (const text of spellings(part)) this.#texts.add(text)
    }
    this.#ordered = [...this.#texts].sort((a, b) => b.length - a.length)
  }

  masked(text: string): string {
    return this.#ordered.reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
  }

  /** Whether GitHub would drop this value from a job's outputs. */
  hides(text: string): boolean {
    return this.masked(text) !== text
  }
}
