// Telling the log of a job how the work goes: each phase, with a group for what it says, annotations, and a line of
// progress now and then.
import { formatDuration } from '../../domain/text/quantities.ts'
import type { Clock, Progress, Reporter } from '../../ports/common.ts'
import { progressText } from '../progress.ts'
import { shown } from '../shown.ts'
import { logLine, type Runner } from './runner.ts'

const progressSeconds = 30

/** A phase as it went. */
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
  /** Ends a group that work which never came back has left open: what follows would be folded away in it. */
  close(): void
}

/** Writes masked lines that the runner cannot take for commands. `title` stands above annotations. */
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

  /** A group with nothing in it is an arrow that leads nowhere: there is one from a phase's first line on. */
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
