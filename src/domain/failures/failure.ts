// Failures: a stable code determines the kind and the exit code, and a hint says what to do next.
import { type FailureCode, failureCodes } from './failure-codes.ts'
import { type FailureKind, failureKinds } from './failure-kinds.ts'

/**
 * An expected failure: a code, one sentence, a hint (what to do next) and, if known, the cause. `details` are further
 * lines, for several problems at once. Hosts show each text on one line and escape all characters that a terminal would
 * interpret. Contains no secrets.
 */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: FailureCode
  readonly kind: FailureKind
  readonly hint: string | undefined
  readonly details: readonly string[]

  constructor(
    code: FailureCode,
    message: string,
    more: { hint?: string | undefined; cause?: unknown; details?: readonly string[] } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.code = code
    this.kind = failureCodes[code]
    this.hint = more.hint
    this.details = more.details ?? []
  }

  /** Returns this failure in a wider context: same code, same or given hint, and this failure as the cause. */
  restate(message: string, hint = this.hint): Failure {
    return new Failure(this.code, message, { hint, cause: this, details: this.details })
  }

  /** Returns this failure with a further line, for an error that followed it. */
  withDetail(detail: string): Failure {
    return new Failure(this.code, this.message, { hint: this.hint, cause: this, details: [...this.details, detail] })
  }

  /** Message and hint as one text, for a note or a detail. */
  get sentence(): string {
    return this.hint === undefined ? this.message : `${this.message}. ${this.hint}`
  }

  get exitCode(): number {
    return failureKinds[this.kind].exitCode
  }
}

/** Returns anything thrown as a Failure: what is not one already is a bug. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  return new Failure('internal/bug', error.message || error.name, {
    hint: 'This is a bug in Resguardo. Please report it with the output of the same command and --debug.',
    cause: error,
  })
}
