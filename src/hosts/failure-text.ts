// A failure as people and as programs read it.
import type { Failure } from '../domain/failure.ts'

const deepest = 10

/** `error: …`, `hint: …` and `code: …`; with `debug` the stack and the causes, down to the first. */
export function failureText(failure: Failure, debug: boolean): string {
  const lines = [`error: ${failure.message}`]
  if (failure.hint !== undefined) lines.push(`hint: ${failure.hint}`)
  lines.push(`code: ${failure.code}`)
  if (debug) lines.push(...causesOf(failure))
  return `${lines.join('\n')}\n`
}

/** The stack of a failure and of each of its causes, down to the first. */
export function causesOf(failure: Failure): string[] {
  const stacks: string[] = []
  for (let thrown: unknown = failure; thrown !== undefined && stacks.length < deepest; ) {
    stacks.push(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown))
    thrown = thrown instanceof Error ? thrown.cause : undefined
  }
  return stacks
}

/** What `--json` prints when the command failed. */
export function failureDocument(failure: Failure): { readonly error: object } {
  const { code, kind, message, hint, exitCode } = failure
  return { error: { code, kind, message, ...(hint === undefined ? {} : { hint }), exitCode } }
}

/** JSON with secrets masked in its texts, so that what is printed still parses. */
export function jsonText(document: unknown, mask: (text: string) => string): string {
  return `${JSON.stringify(document, (_, value: unknown) => (typeof value === 'string' ? mask(value) : value), 2)}\n`
}
