// The texts of a failure: lines for people, and a document for programs.
import type { Failure } from '../domain/failures/failure.ts'
import { plainText } from '../domain/text/plain-text.ts'

const deepest = 10

/** Lines `error: …`, `hint: …` and `code: …`; with `debug` also the stacks of the failure and its causes, indented. */
export function failureLines(failure: Failure, debug: boolean): string[] {
  return [
    `error: ${messageOf(failure)}`,
    ...failure.details.map((detail) => `  ${detail}`),
    ...(failure.hint === undefined ? [] : [`hint: ${failure.hint}`]),
    `code: ${failure.code}`,
    ...(debug ? causesOf(failure).flatMap((stack) => stack.split('\n').map((line) => `    ${line}`)) : []),
  ]
}

/** Returns the message, with a colon if details follow. */
export function messageOf({ message, details }: Failure): string {
  return details.length > 0 ? `${message}:` : message
}

/** The stack of a failure and of each of its causes, down to the first. */
export function causesOf(failure: Failure): string[] {
  const stacks: string[] = []
  for (let thrown: unknown = failure; thrown !== undefined && stacks.length < deepest; ) {
    stacks.push(thrown instanceof Error ? stackOf(thrown) : plainText(String(thrown)))
    thrown = thrown instanceof Error ? thrown.cause : undefined
  }
  return stacks
}

/** Makes the message a single line, so that it stays on the first line of the stack. */
function stackOf({ stack, message }: Error): string {
  return stack === undefined ? plainText(message) : stack.replace(message, () => plainText(message))
}

/** What `--json` prints when the command failed. */
export function failureDocument(failure: Failure): { readonly error: object } {
  const { code, kind, message, details, hint, exitCode } = failure
  const more = { ...(details.length > 0 && { details }), ...(hint !== undefined && { hint }) }
  return { error: { code, kind, message, ...more, exitCode } }
}
