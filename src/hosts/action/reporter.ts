// Reports progress in the log of a job: phases with groups of output, annotations, and periodic lines of progress.
import { formatDuration } from '../../domain/text/quantities.ts'
import type { Clock, Progress, Reporter } from '../../ports/common.ts'
import { progressText } from '../progress.ts'
import { shown } from '../shown.ts'
import { logLine, type Runner } from './runner.ts'

const progressSeconds = 30

/** A phase that has ended. */
export interface PhaseRun {
  readonly title: string
  readonly seconds: number
  readonly state: 'done' | 'failed'
}

export interface ActionReporter extends Reporter {
  /** Phases that have ended, in order; masked. */
  readonly phases: readonly PhaseRun[]
  /** Warnings so far; masked. */
  readonly warnings: readonly string[]
  /** Writes a line outside of any phase. */
  say(text: string): void
  /** Ends the open group of work that did not end, because later output would be folded into it. */
  close(): void
}

/** Writes masked lines that the runner cannot interpret as commands. `title` is the title of annotations. */
export function actionReporter(
  runner: Runner,
  clock: Clock,
  mask: (text: string) => string,
  title: string,
): ActionReporter {
  const phases: PhaseRun[] = []
  const warnings: string[] = []
  let task: { what: string; began: number; shown: number } | undefined
  let open: { title: string; began: number; hasGroup: boolean } | undefined

  function say(text: string): void {
    runner.info(logLine(text, mask))
  }

  /** Opens the group at the first line of a phase, because an empty group is an arrow that shows nothing. */
  function unfold(): void {
    if (!open || open.hasGroup) return
    open.hasGroup = true
    runner.startGroup(`${logLine(open.title, mask)}: output`)
  }

  function note(text: string): void {
    unfold()
    say(text)
  }

  function end(state: PhaseRun['state']): void {
    if (!open) return
    const seconds = clock.seconds() - open.began
    if (open.hasGroup) runner.endGroup()
    phases.push({ title: mask(open.title), seconds, state })
    open = undefined
    task = undefined
    say(state === 'done' ? `  done in ${formatDuration(seconds)}` : `  failed after ${formatDuration(seconds)}`)
  }

  function progress(done: Progress): void {
    const now = clock.seconds()
    if (task?.what !== done.what) task = { what: done.what, began: now, shown: now }
    if (now - task.shown < progressSeconds) return
    task.shown = now
    note(progressText(done, now - task.began))
  }

  async function phase<T>(titleOfPhase: string, work: () => Promise<T>): Promise<T> {
    open = { title: titleOfPhase, began: clock.seconds(), hasGroup: false }
    task = undefined
    say(titleOfPhase)
    try {
      const result = await work()
      end('done')
      return result
    } catch (error) {
      end('failed')
      throw error
    }
  }

  return {
    phases,
    warnings,
    phase,
    progress,
    say,
    note,
    warn(sentence) {
      const text = shown(sentence, mask)
      warnings.push(text)
      unfold()
      runner.warning(text, { title })
    },
    close: () => end('failed'),
  }
}
