// Converts keys to names of artifacts and back: readable, reversible, without the characters that GitHub forbids.
import { Failure } from '../../domain/failures/failure.ts'
import { keySegments } from '../keys.ts'

const prefix = 'resguardo'
const separator = '~'
/** Maximum length, because uploads and downloads use the name as a file name. */
const longest = 255

/**
 * `shop/20261124T…/manifest.json` as `resguardo~shop~20261124T…~manifest.json`. Letters, digits, dots, dashes and
 * underscores stay, every other byte becomes `=2F`. Throws a failure of kind bug for an unsafe key, a failure of kind
 * usage for one that is too long for a name.
 */
export function artifactName(key: string): string {
  const name = encode(keySegments(key))
  if (name.length <= longest) return name
  throw new Failure(
    'artifact/name-too-long',
    `${JSON.stringify(key)} is too long for an artifact: its name would have ${name.length} characters`,
    {
      hint: `The limit is ${longest} characters. Choose a shorter --name, or a shorter --reason for the pin.`,
    },
  )
}

/** The key of an artifact's name; undefined if the artifact does not belong to a store. */
export function keyOf(name: string): string | undefined {
  if (!name.startsWith(prefix + separator)) return undefined
  const segments = name.slice(prefix.length + 1).split(separator)
  try {
    const key = segments.map(decodeSegment).join('/')
    return encode(keySegments(key)) === name ? key : undefined
  } catch {
    return undefined
  }
}

function encode(segments: readonly string[]): string {
  const name = [prefix, ...segments.map(encodeSegment)].join(separator)
  // With the ending .zip, the client library would mark it as a ZIP, and GitHub's own download action would unpack it.
  return name.replace(/\.(zip)$/i, '=2E$1')
}

function encodeSegment(segment: string): string {
  return [...Buffer.from(segment)].map(encodeByte).join('')
}

function encodeByte(byte: number): string {
  const sign = String.fromCharCode(byte)
  return /[A-Za-z0-9._-]/.test(sign) ? sign : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
}

function decodeSegment(text: string): string {
  const bytes = text.replace(/=([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'))
}
