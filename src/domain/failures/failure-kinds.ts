// Kinds of failures, each with its exit code.

/** One row per kind of failure: the process's exit code and what it means to a reader of `--help`. */
export const failureKinds = {
  bug: { exitCode: 1, meaning: 'a bug in Resguardo' },
  usage: { exitCode: 2, meaning: 'wrong or missing input' },
  refused: { exitCode: 3, meaning: 'refused, because it would be unsafe to continue' },
  integrity: { exitCode: 4, meaning: 'data is damaged, differs or is not trusted' },
  tool: { exitCode: 5, meaning: 'a tool or the disk failed' },
  unreachable: { exitCode: 6, meaning: 'a server or store cannot be reached or refuses access' },
  interrupted: { exitCode: 130, meaning: 'interrupted' },
} as const

export type FailureKind = keyof typeof failureKinds
