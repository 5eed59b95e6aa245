// What can go wrong, in kinds that decide the exit code; every failure says what to do next.

/** One row per kind of failure: the process's exit code and what it means to a reader of `--help`. */
export const failureKinds = {
  bug: { exitCode: 1, meaning: 'a bug in Resguardo' },
  usage: { exitCode: 2, meaning: 'wrong or missing input' },
  refused: { exitCode: 3, meaning: 'refused: going on would be unsafe' },
  integrity: { exitCode: 4, meaning: 'data is not what it should be' },
  tool: { exitCode: 5, meaning: 'a tool or the disk failed' },
  unreachable: { exitCode: 6, meaning: 'a server or store cannot be reached, or refuses us' },
  interrupted: { exitCode: 130, meaning: 'interrupted' },
} as const

export type FailureKind = keyof typeof failureKinds

/** An expected failure: a kind, one sentence, a hint (what to do next) and, where known, the cause. Never holds a secret. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly kind: FailureKind
  readonly hint: string | undefined

  constructor(kind: FailureKind, sentence: string, more: { hint?: string; cause?: unknown } = {}) {
    super(sentence, more.cause === undefined ? undefined : { cause: more.cause })
    this.kind = kind
    this.hint = more.hint
  }

  get exitCode(): number {
    return failureKinds[this.kind].exitCode
  }
}

/** Anything thrown, as a Failure: what is not one already is a bug. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  return new Failure('bug', error.message || error.name, {
    hint: 'This is a bug in Resguardo. Please report it with the output of the same command and --debug.',
    cause: error,
  })
}
