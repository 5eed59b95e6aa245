// The two places a terminal host writes to, as little of a stream as it needs.

/** Standard output or error; tests record what is written. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Columns of a terminal, at least 60; infinite for a file or a pipe, so that lines are not wrapped. */
export function widthOf({ isTTY, columns = 80 }: Output): number {
  return isTTY ? Math.max(60, columns) : Number.POSITIVE_INFINITY
}

/** The width of help, also in a file or a pipe. */
export function helpWidth(output: Output): number {
  return Math.min(100, widthOf(output))
}
