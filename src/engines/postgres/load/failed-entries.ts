// Finds the entries of an archive that pg_restore could not restore, in its standard error.
import type { TocEntry } from '../archive/toc-entry.ts'

/** Characters of standard error to retain: enough to name thousands of objects. */
export const mostErrors = 4 << 20

export interface FailedEntry {
  readonly entry: TocEntry
  /** The server's message. Parallel workers may interleave lines, so it may be that of another entry. */
  readonly message: string
}

/**
 * In the order of `entries`; undefined if pg_restore ended before it had tried all of them, or if its output was longer
 * than `mostErrors`. A hostile name can add entries that did not fail, but cannot hide one that did.
 */
export function failedEntries(stderr: string, entries: readonly TocEntry[]): FailedEntry[] | undefined {
  if (stderr.length >= mostErrors) return undefined
  if (!/^pg_restore: warning: errors ignored on restore: \d+$/m.test(stderr)) return undefined
  // With --verbose, each error follows the line of its entry.
  const messages = new Map<number, string>()
  let last: number | undefined
  for (const line of stderr.split('\n')) {
    // Workers write a line in several pieces ("pg_restore: ", "error: ", the rest), which may be interleaved with those
    // of another worker.
    const [, dumpId] = /from TOC entry (\d+); \d+ \d+ /.exec(line) ?? []
    if (dumpId !== undefined) {
      last = Number(dumpId)
      messages.set(last, messages.get(last) ?? '')
    }
    const [, message] = /^(?:pg_restore: )+(?:error: )+(.*)$/.exec(line) ?? []
    if (message !== undefined && last !== undefined && !messages.get(last))
      messages.set(last, message.replace(/^could not execute query: /, '').replace(/^ERROR: +/, ''))
  }
  const failed = entries.filter(({ dumpId }) => messages.has(dumpId))
  return failed.length === 0 ? undefined : failed.map((entry) => ({ entry, message: messages.get(entry.dumpId) ?? '' }))
}
