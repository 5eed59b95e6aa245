// The commands that make a refused migration pass.

import type { Decision, FaultKind } from '../../domain/gate/gate.ts'
import type { CommandLine, Flags } from '../../domain/text/command-line.ts'

/** Inputs of this run that the commands must repeat. */
export interface GateMeans {
  /** The off-site store that the user configured, if any. */
  readonly offSite: string | undefined
  /** The flags that name the stores. */
  readonly flags: Flags
  readonly requireDrill: boolean
  readonly requireIsolation?: boolean
  readonly name: string | undefined
  /** Whether backups must be in the record of runs. */
  readonly record: boolean
}

/** Returns commands in order; none if no backup would help. */
export function whatToDo({ best, refusedFor }: Decision, means: GateMeans): CommandLine[] {
  if (refusedFor === 'edited' || refusedFor === 'rehearsal') return []
  const lacks = new Set<FaultKind>(best?.faults.map(({ kind }) => kind))
  const isOnlyUnproven = lacks.size === 1 && lacks.has('not-proven')
  if (best && isOnlyUnproven) return [drill(best.id, means)]
  const [from] = best?.stores ?? []
  const to = means.offSite
  if (
    best &&
    from !== undefined &&
    to !== undefined &&
    [...lacks].every((kind) => kind === 'on-site' || kind === 'not-proven')
  ) {
    const flags = { from, to, ...means.flags, store: undefined, 'sign-key': undefined }
    const copy = { words: ['upload', best.id], flags }
    return lacks.has('not-proven') ? [copy, drill(best.id, means)] : [copy]
  }
  const trigger: Flags = { trigger: 'pre-migration', record: means.record || undefined }
  const made = { words: ['backup'], flags: { ...trigger, name: means.name, ...means.flags } }
  return means.requireDrill ? [made, drill('latest', means)] : [made]
}

function drill(backup: string, { requireIsolation, name, flags }: GateMeans): CommandLine {
  return {
    words: ['test-restore', backup],
    flags: { isolation: requireIsolation ? 'required' : undefined, name, ...flags },
  }
}
