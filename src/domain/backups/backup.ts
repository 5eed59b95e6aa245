// Basic types of a backup: its ID, its trigger, and the location of its files in a store.
import { Failure } from '../failures/failure.ts'

export const triggers = ['scheduled', 'manual', 'pre-migration', 'safety'] as const
/** Why a backup was made. */
export type Trigger = (typeof triggers)[number]

/** An ID such as `20261124T020005Z-platform-scheduled-7f3a9c`: sorts by time, contains kind and trigger. */
export interface BackupId {
  readonly text: string
  /** When the run started, to the second. */
  readonly time: Date
  /** Name of the kind of backup: lower-case letters. */
  readonly kind: string
  readonly trigger: Trigger
}

/** The format of an ID. `parseBackupId` also verifies that its time exists. */
export const idShape = new RegExp(
  `^(\\d{4})(\\d\\d)(\\d\\d)T(\\d\\d)(\\d\\d)(\\d\\d)Z-([a-z]{1,20})-(${triggers.join('|')})-([0-9a-f]{6})$`,
)

/** Makes an ID; `random` is six lower-case hexadecimal digits. */
export function makeBackupId(time: Date, kind: string, trigger: Trigger, random: string): BackupId {
  const text = `${stamp(time)}-${kind}-${trigger}-${random}`
  const id = parseBackupId(text)
  if (!id) throw new Failure('internal/bug', `generated an invalid ID: ${text}`)
  return id
}

/** Parses an ID. Undefined if the text is not an ID or its time does not exist (such as month 13). */
export function parseBackupId(text: string): BackupId | undefined {
  const match = idShape.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second, kind, trigger] = match
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(time.getTime()) || !text.startsWith(stamp(time))) return undefined
  return { text, time, kind: kind as string, trigger: trigger as Trigger }
}

/** `20261124T020005Z`: a time as used in IDs and key names, UTC, to the second. */
export function stamp(time: Date): string {
  return `${time.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
}

/** The time in a stamp, or undefined. */
export function parseStamp(text: string): Date | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second] = match
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(time.getTime()) || stamp(time) !== text ? undefined : time
}

export const manifestFile = 'manifest.json'
export const sumsFile = 'SHA256SUMS'

/** The prefix of a backup's files in a store: `<name>/<id>/`. */
export function backupPrefix(name: string, id: string): string {
  return `${name}/${id}/`
}

const nameShape = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

/** Whether a text is valid as a backup's name: a single, safe path segment. */
export function isBackupName(text: string): boolean {
  return nameShape.test(text)
}
