// Trusted keys: lines of OpenSSH's allowed_signers format (ssh-keygen(1), ALLOWED SIGNERS). The principals are names of
// backups.
import { Failure } from '../failures/failure.ts'
import { matchesPatternList } from './pattern-list.ts'
import { decodePublicKey, fingerprintOf, keyType } from './public-key.ts'
import { namespace } from './sshsig.ts'

export interface TrustedKey {
  /** Pattern list of the names of backups that the key may sign. */
  readonly principals: string
  readonly encodedPublicKey: Buffer
  readonly fingerprint: string
  readonly validAfter?: Date
  readonly validBefore?: Date
}

/** Returns the line that trusts a key for backups of one name. */
export function formatAllowedSigner(name: string, encodedPublicKey: Uint8Array): string {
  const key = Buffer.from(encodedPublicKey).toString('base64')
  return `${name} namespaces="${namespace}" ${keyType} ${key}`
}

/** Why a key is not trusted for a backup's name at a time, as part of a sentence; undefined if it is. */
export function distrust(
  keys: readonly TrustedKey[],
  {
    encodedPublicKey,
    name,
    time,
  }: { readonly encodedPublicKey: Uint8Array; readonly name: string; readonly time: Date },
): string | undefined {
  const fingerprint = fingerprintOf(encodedPublicKey)
  const lines = keys.filter((key) => key.encodedPublicKey.equals(encodedPublicKey))
  if (lines.length === 0) return `the key ${fingerprint} is not among the trusted keys`
  const named = lines.filter(({ principals }) => matchesPatternList(name, principals))
  if (named.length === 0) return `the key ${fingerprint} is not trusted for backups named ${name}`
  const isInTime = ({ validAfter, validBefore }: TrustedKey): boolean =>
    (!validAfter || time >= validAfter) && (!validBefore || time <= validBefore)
  return named.some(isInTime) ? undefined : `the key ${fingerprint} was not valid at ${time.toISOString()}`
}

/** Throws a failure of kind usage that names the line if it is not understood: no part of a line is ignored. */
export function parseAllowedSigners(lines: readonly string[]): TrustedKey[] {
  const keys = lines.flatMap((line, at) => (/^\s*(#|$)/.test(line) ? [] : [parseLine(line.trim(), at + 1)]))
  return keys.filter((key) => key !== undefined)
}

function parseLine(line: string, number: number): TrustedKey | undefined {
  const shape = /(?:"(?:\\"|[^"])*"|[^\s"])+/g
  if (line.replaceAll(shape, '').includes('"')) throw invalid(number, 'a quotation mark is missing')
  const fields = line.match(shape) ?? []
  const [principals = '', ...rest] = fields
  const typeAt = rest.findIndex((field) => /^(ssh-|ecdsa-|sk-)[\w@.-]+$/.test(field))
  if (typeAt === -1 || typeAt > 1) throw invalid(number, 'it is not of the form `NAMES [OPTIONS] ssh-ed25519 KEY`')
  const type = rest[typeAt] ?? ''
  if (type !== keyType) throw invalid(number, `keys of type ${type} are not supported`)
  const encodedPublicKey = Buffer.from(rest[typeAt + 1] ?? '', 'base64')
  if (!decodePublicKey(encodedPublicKey)) throw invalid(number, 'its key is damaged')
  const names = unquoted(principals)
  const wrong = names.split(',').find((pattern) => !/^!?[A-Za-z0-9._*?-]+$/.test(pattern))
  if (wrong !== undefined)
    throw invalid(number, `${JSON.stringify(wrong)} is neither a name of backups nor a pattern of names`)
  const options = typeAt === 0 ? {} : parseOptions(rest[0] ?? '', number)
  if (options.namespaces !== undefined && !matchesPatternList(namespace, options.namespaces)) return undefined
  const { validAfter, validBefore } = options
  const window = { ...(validAfter && { validAfter }), ...(validBefore && { validBefore }) }
  return { principals: names, encodedPublicKey, fingerprint: fingerprintOf(encodedPublicKey), ...window }
}

interface Options {
  namespaces?: string
  validAfter?: Date
  validBefore?: Date
}

function parseOptions(text: string, number: number): Options {
  const options: Options = {}
  for (const part of text.match(/(?:"(?:\\"|[^"])*"|[^,"])+/g) ?? []) {
    const [, name = '', value] = /^([A-Za-z-]+)(?:=(.*))?$/s.exec(part) ?? []
    const given = value === undefined ? undefined : unquoted(value)
    const key = name.toLowerCase()
    if (key === 'namespaces' && given !== undefined && options.namespaces === undefined) options.namespaces = given
    else if (key === 'valid-after' && !options.validAfter) options.validAfter = parseTime(given ?? '', number)
    else if (key === 'valid-before' && !options.validBefore) options.validBefore = parseTime(given ?? '', number)
    else throw invalid(number, `the option ${JSON.stringify(name || part)} is not supported`)
  }
  return options
}

/** `YYYYMMDDZ`, `YYYYMMDDHHMM[SS]Z`. Without the Z, the time would depend on the machine, so it is refused. */
function parseTime(text: string, number: number): Date {
  const [, year, month, day, hour = '00', minute = '00', second = '00'] =
    /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?Z$/.exec(text) ?? []
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`
  const time = new Date(iso)
  if (!Number.isNaN(time.getTime()) && time.toISOString() === iso) return time
  throw invalid(number, `${JSON.stringify(text)} is not a time in UTC such as 20271231Z`)
}

function unquoted(text: string): string {
  return /^".*"$/s.test(text) ? text.slice(1, -1).replaceAll('\\"', '"') : text
}

function invalid(line: number, why: string): Failure {
  return new Failure('signature/invalid-trusted-keys', `could not read the trusted keys, line ${line}: ${why}`, {
    hint: 'Write lines such as `shop,shop-* namespaces="resguardo" ssh-ed25519 AAAA…`: names of backups first, then options and the key.',
  })
}
