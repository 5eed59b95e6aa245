// A failure as people and as programs read it.
import type { Failure } from '../../domain/failure.ts'

/** `error: …` and `hint: …`; with `debug` the stack and the causes, down to the first. */
export function failureText(failure: Failure, debug: boolean): string {
  const lines = [`error: ${failure.message}`]
  if (failure.hint !== undefined) lines.push(`hint: ${failure.hint}`)
  if (debug)
    for (let thrown: unknown = failure, depth = 0; thrown !== undefined && depth < 10; depth += 1) {
      lines.push(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown))
      thrown = thrown instanceof Error ? thrown.cause : undefined
    }
  return `${lines.join('\n')}\n`
}

/** What `--json` prints when the command failed. */
export function failureDocument(failure: Failure): { readonly error: object } {
  const { kind, message, hint, exitCode } = failure
  return { error: { kind, sentence: message, ...(hint === undefined ? {} : { hint }), exitCode } }
}

/** JSON with secrets masked in its texts, so that what is printed still parses. */
export function jsonText(document: unknown, mask: (text: string) => string): string {
  return `${JSON.stringify(document, (_, value: unknown) => (typeof value === 'string' ? mask(value) : value), 2)}\n`
}
