// The two places a terminal host writes to, as little of a stream as it needs.

/** Standard output or error; tests record what is written. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** The width to lay text out for. */
export function widthOf(output: Output): number {
  return Math.max(50, Math.min(output.columns ?? 100, 110))
}
