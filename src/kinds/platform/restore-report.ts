// The report of a restore of a database: the steps before, during and after, where the data is, and how to undo it.
import type { CommandLine } from '../../domain/text/command-line.ts'
import { formatDuration } from '../../domain/text/quantities.ts'
import { describeBackup } from '../../operations/catalogue/describe-backup.ts'
import type { Restored } from '../../operations/restore/restore.ts'
import { stepText } from '../../operations/restore/restore-plan.ts'
import type { DatabaseIdentity, LiveServer, Step, Undone } from '../../ports/restore.ts'
import {
  checklist,
  code,
  commands,
  facts,
  heading,
  inTerminal,
  itemsOf,
  numbers,
  onPage,
  type Part,
  paragraph,
  type Report,
  report,
  type State,
  subheading,
  table,
} from '../../report/report.ts'

/** `undo`: the command that restores the earlier data, if it is kept. */
export function restoreReport(restored: Restored, server: LiveServer, undo: CommandLine | undefined): Report {
  const { manifest, database, schema, done, steps, kept, notes, phases } = restored
  const place = schema === undefined ? database : `schema ${schema} of ${database}`
  const blocked = steps.some(({ state }) => state === 'blocked')
  const state = restored.failure ? 'warning' : blocked ? 'blocked' : done ? 'done' : 'planned'
  const lists = stages.flatMap((stage) => stepsOf(stage, restored))
  return report(
    heading(done ? `Restored ${manifest.id} into ${place}` : `Restore plan for ${place}: nothing was changed`, state),
    facts([
      ['Backup', describeBackup(manifest)],
      ['Server', server.display],
      ...(done ? results(restored) : []),
      ...notes.map((note) => ['Note', note] as const),
    ]),
    done ? onPage(lists) : lists,
    inTerminal(
      done &&
        table(
          ['Phase', numbers('Time')],
          phases.map(({ phase, seconds }) => [phase, formatDuration(seconds)]),
        ),
    ),
    undo && commands('To undo the restore', undo),
    kept !== undefined && dropOf(kept),
  )
}

function results({ seconds, closed, kept, safetyBackup, failure, manifest }: Restored) {
  const equal = manifest.fingerprint.covers === 'content' ? 'row by row' : 'by counts'
  return [
    ['Duration', formatDuration(seconds)],
    ['Compared with the backup', failure?.kind === 'integrity' ? undefined : `equal, ${equal}`],
    ['Closed to connections for', closed === undefined ? undefined : formatDuration(closed)],
    ['Earlier database', kept === undefined ? undefined : `kept as ${kept}`],
    ['Safety backup', safetyBackup === undefined ? undefined : `${safetyBackup}, with the earlier data`],
  ] as const
}

const stages = ['before', 'during', 'after'] as const
const titles = { before: 'Before', during: 'During', after: 'After' } as const

function stepsOf(stage: Step['stage'] & string, { steps, done, failure }: Restored): Report {
  const items = steps
    .filter((step) => (step.stage ?? 'before') === stage)
    .map((step) => ({
      text: stepText(step),
      state: stateAfter(step.state, done, stage === 'after' && failure !== undefined),
    }))
  return items.length === 0 ? [] : [subheading(titles[stage]), checklist(items)]
}

/** A planned step is done once the restore is. If the restore failed afterwards, one of the later steps failed. */
function stateAfter(state: State, done: boolean, isDoubtful: boolean): State {
  if (state !== 'planned' || !done) return state
  return isDoubtful ? 'warning' : 'done'
}

function dropOf(database: string): Part {
  const statement = `DROP DATABASE "${database.replaceAll('"', '""')}"`
  return code('sql', statement, 'To drop the replaced database when it is no longer needed')
}

export function undoReport(
  { live, kept, backup, swapped, lost, aside }: Undone,
  { database }: Pick<LiveServer, 'database'>,
  dryRun: boolean,
): Report {
  return report(
    dryRun
      ? heading(`Plan of an undo, which makes ${kept.name} live again: nothing was changed`, 'planned')
      : heading(`Undone: ${kept.name} is live again as ${database}`, 'done'),
    facts([
      [dryRun ? 'Live now' : 'Live before the undo', `${identityText(live)}, restored from ${backup} at ${swapped}`],
      [dryRun ? 'Live after the undo' : 'Live now', `${identityText(kept)}, with the data from before ${swapped}`],
      ['Replaced database', aside === undefined ? undefined : `kept as ${aside}, with all writes`],
    ]),
    paragraph(`Writes to ${database} since the restore, which ${dryRun ? 'the undo would lose' : 'it no longer has'}:`),
    lost.length === 0 ? itemsOf('done', ['no writes were detected']) : itemsOf('warning', lost),
    aside !== undefined && dropOf(aside),
  )
}

const identityText = ({ name, oid, owner }: DatabaseIdentity): string => `${name} (OID ${oid}, owner ${owner})`
