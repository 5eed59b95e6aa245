// Writes manifests as JSON with a digest of their content, and parses and validates them.

import { createHash } from 'node:crypto'
import { parseBackupId } from '../backups/backup.ts'
import { prefixCount } from '../backups/chunks.ts'
import { asFailure, Failure } from '../failures/failure.ts'
import { writeCanonical } from './canonical-json.ts'
import { type Manifest, manifestFormat, type Payload } from './manifest.ts'
import { manifestSchemaOf, payloadSchema } from './manifest-schema.ts'

export { manifestJsonSchema } from './manifest-schema.ts'

/** Maximum size of a manifest in bytes. A database with a hundred thousand tables needs half of it. */
export const largestManifest = 128 << 20

/**
 * Maximum number of values (numbers, texts, lists, objects) in a manifest. A parsed value needs up to 60 bytes, so the
 * size in bytes does not limit the memory: 128 MiB of empty lists are 40 million values. A hundred thousand tables have
 * 3 million.
 */
export const mostValues = 6_000_000

const comma = 0x2c
const openingBracket = 0x5b
const openingBrace = 0x7b

/** A manifest before it has its digest. */
export type Unsealed<M extends Manifest = Manifest> = Omit<M, 'digest'>

/**
 * Adds the digest. Throws a failure of kind bug if `parseManifest` would not accept the result: no backup is better
 * than an unreadable one.
 */
export function sealManifest<M extends Manifest>(content: Unsealed<M>): M {
  const { digest: _, ...rest } = content as Omit<M, 'digest'> & { digest?: string }
  const sealed = { ...rest, digest: digestOf(rest) }
  try {
    requireParseable(sealed as unknown as M)
    return sealed as unknown as M
  } catch (error) {
    throw new Failure('internal/bug', `wrote a manifest that cannot be parsed: ${asFailure(error).message}`, {
      cause: error,
    })
  }
}

/**
 * Number of payloads that are written and parsed as a test. Further payloads (of tenants) differ only in text and
 * numbers.
 */
const parsedAsTest = 1000

function requireParseable(sealed: Manifest): void {
  const { digest: _, ...rest } = sealed
  const some = { ...rest, payloads: rest.payloads.slice(0, parsedAsTest) }
  parseManifest(
    manifestText(
      some.payloads.length < rest.payloads.length ? ({ ...some, digest: digestOf(some) } as Manifest) : sealed,
    ),
  )
  if (some.payloads.length === rest.payloads.length) return
  requireSize(manifestText(sealed))
  const problems = [...payloadProblems(rest.payloads), ...listProblems(rest.payloads)]
  if (problems.length > 0) throw damaged(problems.slice(0, 3).join('; '), true)
}

/** Pretty JSON with a final newline: the bytes of manifest.json. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`
}

/** SHA-256 (hex) of manifest.json. */
export function manifestSha256(manifest: Manifest): string {
  return createHash('sha256').update(manifestText(manifest)).digest('hex')
}

/**
 * Parses a manifest. Throws a failure of kind refused for one made by a newer Resguardo, and a failure of kind
 * integrity that names the problem for anything else that is not a complete manifest with a correct digest. Properties
 * that this version does not know are preserved, and the digest covers them.
 */
export function parseManifest(text: string): Manifest {
  requireSize(text)
  const value = parseJson(text)
  checkFormat(value.format)
  const { digest, ...rest } = value
  const intact = digest === digestOf(rest)
  const problems = shapeProblems(value)
  if (problems.length > 0) throw damaged(problems.slice(0, 3).join('; '), intact)
  if (!intact) throw damaged('its digest does not match its content', intact)
  return value as unknown as Manifest
}

function requireSize(text: string): void {
  if (text.length > largestManifest) throw damaged(`it is longer than ${largestManifest} characters`, false)
  if (valuesAtMost(text) > mostValues) throw damaged(`it has more than ${mostValues} values`, false)
}

/**
 * An upper bound: the number of commas and opening brackets, including those within texts. Linear time, no allocation.
 */
function valuesAtMost(text: string): number {
  let count = 1
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at)
    if (character === comma || character === openingBracket || character === openingBrace) count += 1
  }
  return count
}

function parseJson(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw damaged(text.trim() === '' ? 'it is empty' : `it is not JSON (${(error as Error).message})`, false)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw damaged('it is not a JSON object', false)
  return value as Record<string, unknown>
}

function checkFormat(format: unknown): void {
  if (format === manifestFormat) return
  const [, version] = /^resguardo\/([1-9]\d{0,5})$/.exec(String(format)) ?? []
  if (version === undefined) throw damaged(`its format is not ${manifestFormat}`, false)
  throw new Failure(
    'manifest/newer-format',
    `a newer version of Resguardo made this backup (format ${String(format)})`,
    {
      hint: `This version reads ${manifestFormat}. Update Resguardo, then try again.`,
    },
  )
}

function shapeProblems(value: Record<string, unknown>): string[] {
  const { payloads: listed } = value
  const many = Array.isArray(listed) ? (listed as unknown[]) : []
  const checked = manifestSchemaOf(value.kind).safeParse(
    many.length > 1 ? { ...value, payloads: many.slice(0, 1) } : value,
  )
  if (!checked.success) return checked.error.issues.map((issue) => issueText(issue))
  const problems = payloadProblems(many)
  if (problems.length > 0) return problems
  const { id, kind, trigger } = checked.data
  const parsed = parseBackupId(id)
  if (!parsed) problems.push('id: invalid time')
  else if (parsed.kind !== kind || parsed.trigger !== trigger) problems.push('id: does not match kind and trigger')
  return [...problems, ...listProblems(many as readonly Payload[])]
}

/** Returns the problems of payloads with a valid shape. */
function listProblems(payloads: readonly Payload[]): string[] {
  const problems: string[] = []
  const files = new Set<string>()
  const tenants = payloads.flatMap((payload) => payload.tenants ?? [])
  if (new Set(tenants).size < tenants.length) problems.push('payloads: a tenant is listed twice')
  for (const { file, bytes, prefixes = [], encodings, contentBytes } of payloads) {
    if (files.has(file)) problems.push(`payloads: ${JSON.stringify(file)} is listed twice`)
    files.add(file)
    if (encodings.length === 0 && contentBytes !== bytes) {
      problems.push(`payloads: ${JSON.stringify(file)} has no encoding, but contentBytes differs from bytes`)
    }
    if (prefixes.length !== prefixCount(bytes)) {
      problems.push(`payloads: ${JSON.stringify(file)} lists ${prefixes.length} prefixes, not ${prefixCount(bytes)}`)
    }
  }
  return problems
}

/**
 * Returns the problems of the payloads. Checks one at a time, because zod copies its input and there can be 100,000
 * tenants.
 */
function payloadProblems(payloads: readonly unknown[]): string[] {
  const problems: string[] = []
  for (const [place, payload] of payloads.entries()) {
    const checked = payloadSchema.safeParse(payload)
    if (!checked.success) problems.push(...checked.error.issues.map((issue) => issueText(issue, ['payloads', place])))
    if (problems.length > 0) return problems
  }
  return problems
}

function issueText(
  { path, message }: { path: readonly PropertyKey[]; message: string },
  within: readonly PropertyKey[] = [],
) {
  return `${pathText([...within, ...path])}: ${message}`
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part).slice(0, 80)}`))
    .join('')
    .replace(/^\./, '')
}

function damaged(what: string, intact: boolean): Failure {
  return new Failure('manifest/damaged', `the manifest is damaged, or Resguardo did not write it: ${what}`, {
    hint: intact
      ? 'Its digest is correct, so a newer version of Resguardo may have written it. Update Resguardo and try again.'
      : 'Use another copy of this backup (another store), or another backup.',
  })
}

/** SHA-256 (hex) of the canonical JSON: keys sorted by UTF-16 code units, no whitespace, undefined omitted. */
function digestOf(content: object): string {
  const hash = createHash('sha256')
  let waiting = ''
  try {
    writeCanonical(content, 0, (text) => {
      waiting += text
      if (waiting.length < 1 << 16) return
      hash.update(waiting)
      waiting = ''
    })
  } catch (error) {
    if (error instanceof RangeError) throw damaged(error.message, false)
    throw error
  }
  return hash.update(waiting).digest('hex')
}
