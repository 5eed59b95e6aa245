// Chooses the backup name that a command works on if a store contains several.

import { Failure } from '../failures/failure.ts'
import type { BackupEntry } from './catalogue.ts'

/** Another kind of backup that contains the same data. */
export interface Alternative {
  readonly kind: string
  /** A sentence that says how to use a backup of that kind: `latest` or an ID. */
  hint(backup: string): string
}

/**
 * Returns the given name, or else the only one that there is (among backups of the kind). Throws a failure of kind
 * usage that lists the names if there are several, or if none is the given one.
 */
export function chooseName(
  entries: readonly BackupEntry[],
  given?: string,
  kind?: string,
  alternative?: Alternative,
): string {
  const names = namesOf(entries, kind)
  const [only, second] = names
  if (given !== undefined) {
    if (names.includes(given)) return given
    throw new Failure('backup/not-found', `there are no backups named ${JSON.stringify(given)} here`, {
      hint: listHint(names),
    })
  }
  if (only === undefined) {
    throw new Failure('backup/none', `there is no backup${kind ? ` of kind ${kind}` : ''} here`, {
      hint: othersHere(entries, alternative) + listHint(names),
    })
  }
  if (second === undefined) return only
  throw new Failure('backup/ambiguous-name', `there are backups of several names here: ${listed(names)}`, {
    hint: 'Choose one with --name.',
  })
}

/** Names of complete backups, sorted. */
export function namesOf(entries: readonly BackupEntry[], kind?: string): string[] {
  return [...new Set(entries.filter((e) => e.complete && (!kind || e.id.kind === kind)).map((e) => e.name))].sort()
}

/**
 * Hint about the kinds of backups that exist instead of the requested one; empty if there are no backups. It names no
 * flag that restores more than was requested.
 */
export function othersHere(entries: readonly BackupEntry[], alternative: Alternative | undefined): string {
  const there = [...new Set(entries.filter(({ complete }) => complete).map(({ id }) => id.kind))]
  if (there.length === 0) return ''
  const kinds = `The backups here are of kind ${there.join(' and ')}. `
  return alternative && there.includes(alternative.kind) ? `${kinds}${alternative.hint('latest')} ` : kinds
}

function listHint(names: readonly string[]): string {
  return names.length === 0
    ? 'Run `resguardo backup` to make one, or name the right store.'
    : `Names here: ${listed(names)}.`
}

function listed(names: readonly string[]): string {
  return names.length > 10 ? `${names.slice(0, 10).join(', ')} and ${names.length - 10} more` : names.join(', ')
}
