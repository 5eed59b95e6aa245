// The commit status of the gate: what it is called, and how a green one says which backup it rests on and until when.
import { parseBackupId } from './backup.ts'
import type { Decision } from './gate.ts'
import { plainText } from './plain-text.ts'

export const gateContext = 'resguardo/migration-gate'

/** GitHub takes no more. */
const longestDescription = 140

export interface StatusText {
  readonly state: 'success' | 'failure' | 'pending' | 'error'
  readonly description: string
}

/** The status that tells a decision. */
export function statusOf({ verdict, reason, accepted }: Decision): StatusText {
  if (verdict === 'refused') return statusText('failure', reason)
  return accepted ? statusText('success', `${accepted.id}, good until ${minute(accepted.until)}`) : statusText('success', reason)
}

/** A status whose description is one line and short enough. */
export function statusText(state: StatusText['state'], sentence: string): StatusText {
  const line = plainText(sentence.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim())
  const signs = [...line]
  const description = signs.length > longestDescription ? `${signs.slice(0, longestDescription - 1).join('')}…` : line
  return { state, description }
}

/** The backup that a green status rests on, and its end; undefined for one that rests on none, and so never expires. */
export function restsOn(description: string): { readonly id: string; readonly until: Date } | undefined {
  const [, id = '', time = ''] = /^(\S+), good until (\d{4}-\d\d-\d\dT\d\d:\d\dZ)$/.exec(description) ?? []
  const until = new Date(time)
  return parseBackupId(id) && !Number.isNaN(until.getTime()) ? { id, until } : undefined
}

/** `2026-11-24T13:05Z`: to the minute, never later than it is. */
function minute(time: Date): string {
  return `${time.toISOString().slice(0, 16)}Z`
}

/** The status of a commit whose green one has come to its end. */
export function expiredStatus({ id, until }: { readonly id: string; readonly until: Date }): StatusText {
  return statusText('failure', `${id} was good until ${minute(until)}: run the gate again`)
}
