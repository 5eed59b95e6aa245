// The nouns of a backup: its id, trigger and where its files lie in a store.
import { Failure } from '../failures/failure.ts'

export const triggers = ['scheduled', 'manual', 'pre-migration', 'safety'] as const
/** Why a backup was made. */
export type Trigger = (typeof triggers)[number]

/** An id such as `20261124T020005Z-platform-scheduled-7f3a9c`: sorts by time, carries kind and trigger. */
export interface BackupId {
  readonly text: string
  /** When the run started, to the second. */
  readonly time: Date
  /** Name of the kind of backup: lower-case letters. */
  readonly kind: string
  readonly trigger: Trigger
}

/** What an id looks like; that its time exists is for parseBackupId to say. */
export const idShape = new RegExp(
  `^(\\d{4})(\\d\\d)(\\d\\d)T(\\d\\d)(\\d\\d)(\\d\\d)Z-([a-z]{1,20})-(${triggers.join('|')})-([0-9a-f]{6})$`,
)

/** Makes an id; `random` is six lower-case hexadecimal digits. */
export function makeBackupId(time: Date, kind: string, trigger: Trigger, random: string): BackupId {
  const text = `${stamp(time)}-${kind}-${trigger}-${random}`
  const id = parseBackupId(text)
  if (!id) throw new Failure('internal/bug', `generated an invalid ID: ${text}`)
  return id
}

/** The id in a text, or undefined if the text is not one (also for times that do not exist, such as month 13). */
export function parseBackupId(text: string): BackupId | undefined {
  const match = idShape.exec(text)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second, kind, trigger] = match
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  if (Number.isNaN(time.getTime()) || !text.startsWith(stamp(time))) return undefined
  return { text, time, kind: kind as string, trigger: trigger as Trigger }
}

/** `20261124T020005Z`: a time as it stands in ids and key names, UTC, to the second. */
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

/** Where a backup's own files lie in a store: `<name>/<id>/`. */
export function backupPrefix(name: string, id: string): string {
  return `${name}/${id}/`
}

const nameShape = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

/** Whether a text may stand as a backup's name: a single, safe path segment. */
export function isBackupName(text: string): boolean {
  return nameShape.test(text)
}
