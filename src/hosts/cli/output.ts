// The output streams of the command line, reduced to the functions that it uses.

/** Standard output or error; tests record what is written. */
export interface Output {
  /** Calls `written` when the operating system has the text, or with the error. */
  write(text: string, written?: (error?: Error | null) => void): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Columns of a terminal, at least 60; infinite for a file or a pipe, so that lines are not wrapped. */
export function widthOf({ isTTY, columns = 80 }: Output): number {
  return isTTY ? Math.max(60, columns) : Number.POSITIVE_INFINITY
}

const portion = 1 << 16

/**
 * Combines short texts into larger writes, and waits for the reader after each, so that memory does not grow with the
 * output. Ends early if the reader is gone. Throws the signal's reason when it aborts; after that it does not wait.
 */
export async function writeAll(output: Output, texts: Iterable<string>, signal: AbortSignal): Promise<void> {
  let waiting = ''
  for (const text of texts) {
    waiting += text
    if (waiting.length < portion) continue
    if (!(await written(output, waiting, signal))) return
    waiting = ''
  }
  if (waiting !== '') await written(output, waiting, signal)
}

/** Returns false if the reader is gone. */
function written(output: Output, text: string, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) {
    output.write(text)
    return Promise.resolve(true)
  }
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
    output.write(text, (error) => {
      signal.removeEventListener('abort', stop)
      resolve(!error)
    })
  })
}

/** Width of help texts: at most 100 columns, also in a file or a pipe. */
export function helpWidth(output: Output): number {
  return Math.min(100, widthOf(output))
}
