// The commit status of the gate: its name, and a description that names the accepted backup and its expiry.
import { createHash } from 'node:crypto'
import { parseBackupId } from '../backups/backup.ts'
import { plainText } from '../text/plain-text.ts'
import { plural } from '../text/plural.ts'
import type { Decision } from './gate.ts'

export const gateContext = 'resguardo/migration-gate'

/** Maximum length of the list of branches in a description, in characters. */
const mostOfBases = 70

/** GitHub's limit, in characters. */
const longestDescription = 140

export interface StatusText {
  readonly state: 'success' | 'failure' | 'pending' | 'error'
  readonly description: string
}

/** Returns the commit status for a decision. */
export function statusOf({ verdict, reason, accepted, change }: Decision): StatusText {
  if (verdict === 'refused') return statusText('failure', reason)
  if (accepted) return statusText('success', `${accepted.id}, good until ${minute(accepted.until)}`)
  return statusText('success', `${reason}${into(change?.bases ?? [])}`)
}

/** The branches that a status without a backup covers; a digest of them if the list is too long or not ASCII. */
function into(bases: readonly string[]): string {
  if (bases.length === 0) return ''
  const names = `, into ${bases.join(' ')}`
  if (names.length <= mostOfBases && /^[\x21-\x7e]+$/.test(bases.join(''))) return names
  return `, into ${plural(bases.length, 'branch', 'branches')} (${digestOf(bases)})`
}

function digestOf(bases: readonly string[]): string {
  return createHash('sha256')
    .update([...bases].sort().join('\0'))
    .digest('hex')
    .slice(0, 16)
}

/** Whether a success status without a backup covers all of these branches. */
export function coversBranches(description: string, bases: readonly string[]): boolean {
  const said = /, into (.+)$/.exec(description)?.[1] ?? ''
  const digest = /^\d+ branch(?:es)? \(([0-9a-f]{16})\)$/.exec(said)?.[1]
  return digest === undefined ? bases.every((base) => said.split(' ').includes(base)) : digest === digestOf(bases)
}

/** The status of a commit whose success status does not cover all of these target branches. */
export function unjudgedStatus(bases: readonly string[]): StatusText {
  return statusText(
    'failure',
    `the verdict does not cover every target branch: run the gate again (${bases.join(' ')})`,
  )
}

/** The status of a commit that has had none for a while, because no workflow has run the gate. */
export const unaskedStatus: StatusText = statusText(
  'pending',
  'no verdict: the workflow of the gate has not run. Approve its run, or push a commit to the branch',
)

/** Makes a status whose description is one line and short enough for GitHub. */
export function statusText(state: StatusText['state'], sentence: string): StatusText {
  const line = plainText(sentence.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim())
  const signs = [...line]
  const description = signs.length > longestDescription ? `${signs.slice(0, longestDescription - 1).join('')}…` : line
  return { state, description }
}

/** The backup that a success status depends on, and its expiry; undefined without a backup: that never expires. */
export function backupOfStatus(description: string): { readonly id: string; readonly until: Date } | undefined {
  const [, id = '', time = ''] = /^(\S+), good until (\d{4}-\d\d-\d\dT\d\d:\d\dZ)$/.exec(description) ?? []
  const until = new Date(time)
  return parseBackupId(id) && !Number.isNaN(until.getTime()) ? { id, until } : undefined
}

/** `2026-11-24T13:05Z`: rounded down to the minute. */
function minute(time: Date): string {
  return `${time.toISOString().slice(0, 16)}Z`
}

/** The status of a commit whose success status has expired. */
export function expiredStatus({ id, until }: { readonly id: string; readonly until: Date }): StatusText {
  return statusText('failure', `${id} was good until ${minute(until)}: run the gate again`)
}
