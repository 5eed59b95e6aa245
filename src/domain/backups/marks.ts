// Marks: small objects in the folder of a backup whose names carry the information (drills, pins, keep-until,
// suspect).

import type { DrillMark, DrillVerdict } from '../drill/drill.ts'
import { Failure } from '../failures/failure.ts'
import { isOfPostgres, type Manifest } from '../manifest/manifest.ts'
import { manifestFile, parseStamp, stamp, sumsFile } from './backup.ts'
import type { Pin } from './pin.ts'

/** The information in one key below a backup's folder, if the key is a mark. */
export type Mark =
  | { readonly mark: 'drill'; readonly drill: DrillMark }
  /** A drill that could not be performed where it ran. It neither proves nor disproves the backup. */
  | { readonly mark: 'not-drilled'; readonly time: Date }
  | { readonly mark: 'pin'; readonly pin: Pin }
  | { readonly mark: 'keep-until'; readonly until: Date }
  | { readonly mark: 'suspect' }
  /** A backup of all tenants that existed. */
  | { readonly mark: 'all-tenants' }

/** The ending that the key of a signature has after the key of the signed object. */
export const signatureEnding = '.sig'

export const suspectMark = 'suspect'
export const allTenantsMark = 'all-tenants'

/** Marks that repeat information of the manifest. */
export function manifestMarks(manifest: Manifest): string[] {
  return [
    ...(manifest.suspect === undefined ? [] : [suspectMark]),
    ...(isOfPostgres(manifest) && manifest.tenants?.asked === 'all' ? [allTenantsMark] : []),
  ]
}

/** `drills/20261124T020005Z-proven.json`. */
export function drillMark({ time, verdict }: { readonly time: Date; readonly verdict: DrillVerdict }): string {
  return `drills/${stamp(time)}-${verdict}.json`
}

/** `keep-until-2026-12-24`: the last day (UTC), which is the day of `until`. */
export function keepUntilMark(until: Date): string {
  return `keep-until-${dayText(until)}`
}

const longestReason = 200

/**
 * `pins/<reason>-until-<day>`, or `pins/<reason>` without an end. The reason is percent-encoded, so that every reason
 * makes a safe and unique key. Throws a failure of kind usage for a reason that is empty, too long for a key, or not
 * well-formed Unicode.
 */
export function pinMark(pin: Pin): string {
  const reason = encodeReason(pin.reason)
  return `pins/${reason}${pin.until ? `-until-${dayText(pin.until)}` : ''}`
}

function encodeReason(reason: string): string {
  if (reason.trim() === '' || !reason.isWellFormed()) {
    throw new Failure('pin/invalid-reason', 'a pin needs a reason', {
      hint: 'Give one, such as --reason "before the 2.0 release".',
    })
  }
  const encoded = encodeURIComponent(reason)
    .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/^\./, '%2E')
    .replaceAll('-until-', '%2Duntil-')
    .replace(/\.sig$/, '%2Esig')
  if (encoded.length <= longestReason) return encoded
  throw new Failure(
    'pin/invalid-reason',
    `the reason is too long for an object key (${encoded.length} of ${longestReason} characters)`,
    {
      hint: 'Shorten it. Letters, digits and dashes count as one character, others as three or more.',
    },
  )
}

/**
 * Parses a key below a backup's folder (`pins/…`, `suspect`); undefined for payloads, sums, manifest and signatures.
 */
export function parseMark(path: string): Mark | undefined {
  if (path.endsWith(signatureEnding)) return undefined
  if (path === suspectMark) return { mark: 'suspect' }
  if (path === allTenantsMark) return { mark: 'all-tenants' }
  if (path.startsWith('drills/')) return parseDrill(path)
  if (path.startsWith('pins/') && path.length > 'pins/'.length) return { mark: 'pin', pin: parsePin(path.slice(5)) }
  if (path.startsWith('keep-until-')) return parseKeepUntil(path)
  return undefined
}

/**
 * Whether Resguardo writes a file at this path below a backup's folder, payloads aside. Each such file may have a
 * signature.
 */
export function isOwnFile(path: string): boolean {
  const file = path.endsWith(signatureEnding) ? path.slice(0, -signatureEnding.length) : path
  return file === manifestFile || file === sumsFile || file.startsWith('drills/') || parseMark(file) !== undefined
}

function parseDrill(path: string): Mark | undefined {
  const [, time, verdict] = /^drills\/(.+?)-(proven|failed|not-drilled)\.json$/.exec(path) ?? []
  const at = time === undefined ? undefined : parseStamp(time)
  if (verdict === 'not-drilled') return at && { mark: 'not-drilled', time: at }
  return at && { mark: 'drill', drill: { time: at, verdict: verdict === 'proven' ? 'proven' : 'failed' } }
}

function parsePin(name: string): Pin {
  const [, reason, day] = /^(.+)-until-(\d{4}-\d\d-\d\d)$/s.exec(name) ?? []
  const until = day === undefined ? undefined : endOfDay(day)
  // An invalid end date is read as part of the reason: the pin then never expires, which is the safe side.
  return until && reason !== undefined ? { reason: decodeReason(reason), until } : { reason: decodeReason(name) }
}

function parseKeepUntil(path: string): Mark {
  const until = endOfDay(path.slice('keep-until-'.length))
  return until ? { mark: 'keep-until', until } : { mark: 'pin', pin: { reason: path } }
}

function decodeReason(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    return encoded
  }
}

/** `2026-12-31`, in UTC. */
export function dayText(time: Date): string {
  return time.toISOString().slice(0, 10)
}

/** The last moment of a day written `2026-12-31` (UTC), or undefined if there is no such day. */
export function endOfDay(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return undefined
  const end = new Date(`${text}T23:59:59.999Z`)
  return Number.isNaN(end.getTime()) || dayText(end) !== text ? undefined : end
}
