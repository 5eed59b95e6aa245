// What lets a refused migration pass: the commands to type.
import type { Decision, FaultKind } from '../domain/gate.ts'
import { storePlace } from '../domain/store-place.ts'

/** How this gate was asked, as far as the commands must say the same. */
export interface GateMeans {
  /** As the user named them; empty: those of the environment. */
  readonly stores: readonly string[]
  readonly requireDrill: boolean
  readonly requireIsolation?: boolean
  readonly name: string | undefined
  /** Whether backups must be in the record of runs. */
  readonly record: boolean
}

/** Commands in order; none where no backup would help. */
export function whatToDo({ best, refusedFor }: Decision, means: GateMeans): string[] {
  if (refusedFor === 'edited' || refusedFor === 'rehearsal') return []
  const lacks = new Set<FaultKind>(best?.faults.map(({ kind }) => kind))
  const isOnlyUnproven = lacks.size === 1 && lacks.has('not-proven')
  if (best && isOnlyUnproven) return [drill(best.id, means)]
  const [from] = best?.stores ?? []
  const to = means.stores.find((address) => storePlace(address) === 'bucket')
  if (best && from !== undefined && to !== undefined && [...lacks].every((kind) => kind === 'on-site' || kind === 'not-proven')) {
    const copy = `resguardo upload --backup ${best.id} --from ${word(from)} --to ${word(to)}`
    return lacks.has('not-proven') ? [copy, drill(best.id, means)] : [copy]
  }
  const made = `resguardo backup --trigger pre-migration${means.record ? ' --record' : ''}${option('name', means.name)}${stores(means)}`
  return means.requireDrill ? [made, drill('latest', means)] : [made]
}

function drill(backup: string, means: GateMeans): string {
  const isolation = means.requireIsolation ? ' --isolation required' : ''
  return `resguardo test-restore --backup ${backup}${isolation}${option('name', means.name)}${stores(means)}`
}

function stores({ stores: addresses }: GateMeans): string {
  return addresses.map((address) => ` --store ${word(address)}`).join('')
}

function option(name: string, value: string | undefined): string {
  return value === undefined ? '' : ` --${name} ${word(value)}`
}

/** As a POSIX shell reads it. */
function word(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
