// The encoding of a dump: that of its database, so that bytes without a Unicode character are dumped unchanged.
import type { DatabaseFacts, Selection } from '../../../domain/manifest/manifest.ts'

type Decode = (bytes: Buffer) => string

/** Labels of the Encoding Standard (https://encoding.spec.whatwg.org) by PostgreSQL's names of encodings. */
const labels: Readonly<Record<string, string>> = {
  ...{
    UTF8: 'utf-8',
    SQL_ASCII: 'utf-8',
    EUC_JP: 'euc-jp',
    EUC_KR: 'euc-kr',
    EUC_CN: 'gbk',
    KOI8R: 'koi8-r',
    KOI8U: 'koi8-u',
  },
  ...{ LATIN2: 'iso-8859-2', LATIN3: 'iso-8859-3', LATIN4: 'iso-8859-4', LATIN5: 'iso-8859-9', LATIN6: 'iso-8859-10' },
  ...{ LATIN7: 'iso-8859-13', LATIN8: 'iso-8859-14', LATIN9: 'iso-8859-15', LATIN10: 'iso-8859-16', WIN866: 'ibm866' },
  ...{ ISO_8859_5: 'iso-8859-5', ISO_8859_6: 'iso-8859-6', ISO_8859_7: 'iso-8859-7', ISO_8859_8: 'iso-8859-8' },
  ...{ WIN874: 'windows-874', WIN1250: 'windows-1250', WIN1251: 'windows-1251', WIN1252: 'windows-1252' },
  ...{ WIN1253: 'windows-1253', WIN1254: 'windows-1254', WIN1255: 'windows-1255', WIN1256: 'windows-1256' },
  ...{ WIN1257: 'windows-1257', WIN1258: 'windows-1258' },
}

/** Replaces bytes without a Unicode character. */
const replacement = '\u{FFFD}'

/**
 * Returns a decoder of names that replaces bytes without a character by U+FFFD. Undefined for an unsupported encoding.
 */
export function decoderOf(encoding: string): Decode | undefined {
  if (encoding === 'UTF8' || encoding === 'SQL_ASCII') return (bytes) => bytes.toString('utf8')
  if (encoding === 'LATIN1') return (bytes) => bytes.toString('latin1')
  const label = labels[encoding]
  if (label === undefined) return undefined
  const decoder = new TextDecoder(label)
  // The standard decodes bytes that Windows leaves undefined as control characters.
  const undefinedBytes = label.startsWith('windows-') ? /[\u{80}-\u{9F}]/gu : undefined
  return (bytes) => {
    const text = decoder.decode(bytes)
    return undefinedBytes ? text.replaceAll(undefinedBytes, replacement) : text
  }
}

/** Whether the table's name in a fingerprint is its name in the database: no byte of it was replaced. */
export function isNameKnown(name: { readonly schema: string; readonly table: string }): boolean {
  return !name.schema.includes(replacement) && !name.table.includes(replacement)
}

/**
 * Returns the value of `pg_dump --encoding`: the database's encoding, or UTF8 if that cannot be decoded here or a
 * pattern is not ASCII, because pg_dump reads patterns in the encoding of the dump. SQL_ASCII is never replaced.
 */
export function dumpEncoding({ encoding }: Pick<DatabaseFacts, 'encoding'>, selection: Selection): string {
  if (encoding === 'SQL_ASCII') return encoding
  const { parts: _, ...patterns } = selection
  const isAscii = Object.values(patterns).every((list) => list.every((pattern) => /^[\0-\x7f]*$/.test(pattern)))
  return isAscii && decoderOf(encoding) ? encoding : 'UTF8'
}
