// A restore as a page shows it: the checklist of before, during and after, where the data is, and the way back.
import { formatDuration } from '../domain/quantities.ts'
import { describeBackup } from '../operations/describe-backup.ts'
import type { Restored } from '../operations/restore.ts'
import { stepText } from '../operations/restore-plan.ts'
import type { DatabaseIdentity, LiveServer, Step, Undone } from '../operations/restore-ports.ts'
import type { StepState, SummaryPart } from './summary.ts'

/** `undo` is the command that goes back, where there is a way. */
export function restoreSummary(restored: Restored, server: LiveServer, undo: string | undefined): SummaryPart[] {
  const { manifest, database, schema, done, steps, kept, notes } = restored
  const place = schema === undefined ? database : `schema ${schema} of ${database}`
  const blocked = steps.some(({ state }) => state === 'blocked')
  const heading = done ? `Restored ${manifest.id} into ${place}` : `Restore plan for ${place}: nothing was changed`
  return [
    { kind: 'heading', text: `${restored.failure ? '⚠️' : blocked ? '⛔' : done ? '✅' : '📋'} ${heading}` },
    {
      kind: 'facts',
      rows: [['Backup', describeBackup(manifest)], ['Server', server.display], ...(done ? results(restored) : [])],
    },
    ...stages.flatMap((stage) => checklist(stage, restored)),
    ...notes.map((text) => ({ kind: 'paragraph', text }) as const),
    ...(undo === undefined ? [] : wayBack(kept, undo)),
  ]
}

function results({ seconds, closed, kept, safetyBackup, failure, manifest }: Restored): (readonly [string, string])[] {
  const equal = manifest.fingerprint.covers === 'content' ? 'row by row' : 'by counts'
  return [
    ['Took', formatDuration(seconds)],
    ...(failure?.kind === 'integrity' ? [] : [['Compared with the backup', `equal, ${equal}`] as const]),
    ...(closed === undefined ? [] : [['Nobody could connect for', formatDuration(closed)] as const]),
    ...(kept === undefined ? [] : [['Earlier database', `kept as ${kept}`] as const]),
    ...(safetyBackup === undefined ? [] : [['Safety backup', safetyBackup] as const]),
  ]
}

const stages = ['before', 'during', 'after'] as const
const titles = { before: 'Before', during: 'During', after: 'After' } as const

function checklist(stage: Step['stage'] & string, { steps, done, failure }: Restored): SummaryPart[] {
  const items = steps
    .filter((step) => (step.stage ?? 'before') === stage)
    .map((step) => ({
      text: stepText(step),
      state: ticked(step.state, done, stage === 'after' && failure !== undefined),
    }))
  if (items.length === 0) return []
  return [
    { kind: 'heading', text: titles[stage], level: 3 },
    { kind: 'checklist', items },
  ]
}

/**
 * What was planned is done once the restore is; of the steps after it, one failed if the restore tells of a failure.
 */
function ticked(state: StepState, done: boolean, doubtful: boolean): StepState {
  if (state !== 'planned' || !done) return state
  return doubtful ? 'warning' : 'done'
}

function wayBack(kept: string | undefined, undo: string): SummaryPart[] {
  const drop = kept === undefined ? undefined : `DROP DATABASE "${kept.replaceAll('"', '""')}"`
  const also = drop === undefined ? '' : ', and to drop the old database when it is no longer needed'
  return [
    { kind: 'paragraph', text: `To undo the restore${also}:` },
    { kind: 'code', language: 'sh', text: undo },
    ...(drop === undefined ? [] : [{ kind: 'code', language: 'sql', text: drop } as const]),
  ]
}

export function undoSummary(
  { live, kept, backup, swapped, lost, aside }: Undone,
  server: LiveServer,
  dryRun: boolean,
): SummaryPart[] {
  return [
    {
      kind: 'heading',
      text: dryRun
        ? `📋 Plan of an undo, which makes ${kept.name} live again: nothing was changed`
        : `✅ Undone: ${kept.name} is live again as ${server.database}`,
    },
    {
      kind: 'facts',
      rows: [
        ['Data from before', swapped],
        ['Undone restore of', backup],
        ['Live again', describeDatabase(kept)],
        ['Live before the undo', describeDatabase(live)],
        ...(aside === undefined ? [] : [['Replaced database kept as', aside] as const]),
      ],
    },
    {
      kind: 'paragraph',
      text: `Writes to ${server.database} since then, which ${dryRun ? 'the undo would lose' : 'it no longer has'}:`,
    },
    {
      kind: 'checklist',
      items: (lost.length === 0 ? ['no writes were detected'] : lost).map((text) => ({
        text,
        state: lost.length === 0 ? 'done' : 'warning',
      })),
    },
  ]
}

const describeDatabase = ({ name, oid, owner }: DatabaseIdentity): string => `${name} (OID ${oid}, owner ${owner})`
