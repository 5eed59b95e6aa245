// Reports progress on stderr, with a live line only on a terminal.
import { formatDuration } from '../../domain/text/quantities.ts'
import type { Clock, Progress, Reporter } from '../../ports/common.ts'
import { progressText } from '../progress.ts'
import { shown } from '../shown.ts'
import type { Output } from './output.ts'

const redrawSeconds = 0.1
const plainLineSeconds = 10
const clearLine = '\r\u001b[K'

export interface TerminalReporter extends Reporter {
  /** Removes the live line. Call it before anything else is written. */
  clear(): void
}

/**
 * Writes masked lines to `output`, one line per text, with control characters escaped. Without a terminal, progress is
 * a line about every ten seconds. If `quiet`, only warnings are written.
 */
export function terminalReporter(
  output: Output,
  clock: Clock,
  mask: (text: string) => string,
  quiet = false,
): TerminalReporter {
  const live = output.isTTY === true
  let drawn = false
  let task: { what: string; began: number; shown: number } | undefined

  function clear(): void {
    if (drawn) output.write(clearLine)
    drawn = false
  }

  function line(text: string): void {
    clear()
    output.write(`${shown(text, mask)}\n`)
  }

  function progress(done: Progress): void {
    const now = clock.seconds()
    if (task?.what !== done.what) task = { what: done.what, began: now, shown: live ? Number.NEGATIVE_INFINITY : now }
    if (now - task.shown < (live ? redrawSeconds : plainLineSeconds)) return
    task.shown = now
    const text = `  ${shown(progressText(done, now - task.began), mask)}`
    output.write(live ? `${clearLine}${text.slice(0, (output.columns ?? 80) - 1)}` : `${text}\n`)
    drawn = live
  }

  const nothing = () => {}
  if (quiet) return { phase: (_, work) => work(), progress: nothing, clear: nothing, note: nothing, warn }

  function warn(sentence: string): void {
    line(`warning: ${sentence}`)
  }

  async function phase<T>(title: string, work: () => Promise<T>): Promise<T> {
    line(title)
    task = undefined
    const began = clock.seconds()
    let outcome = 'failed'
    try {
      const result = await work()
      outcome = 'done'
      return result
    } finally {
      task = undefined
      const seconds = clock.seconds() - began
      const time = ` ${outcome === 'done' ? 'in' : 'after'} ${formatDuration(seconds)}`
      line(`  ${outcome}${seconds < 0.1 ? '' : time}`)
    }
  }

  return {
    phase,
    progress,
    clear,
    note: (sentence) => line(`  ${sentence}`),
    warn,
  }
}
