// The encoding of a dump: that of its database, so that bytes without a Unicode character pass.
import type { DatabaseFacts, Selection } from '../../../domain/manifest/manifest.ts'

type Decode = (bytes: Buffer) => string

/** PostgreSQL's name of an encoding -> that of the Encoding Standard, where the two are not the same in lower case. */
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

/** What stands for bytes without a Unicode character. */
const replacement = '\u{FFFD}'

/** Decodes names; bytes that stand for no character become U+FFFD. Undefined for an encoding that is not known here. */
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

/** Whether the name of a table in a fingerprint is the one that it has in the database. */
export function isNameKnown(name: { readonly schema: string; readonly table: string }): boolean {
  return !name.schema.includes(replacement) && !name.table.includes(replacement)
}

/**
 * What `pg_dump --encoding` gets. UTF8 where the database's own cannot be decoded here, or where patterns for pg_dump
 * are not ASCII, which pg_dump takes for text in the encoding of the dump.
 */
export function dumpEncoding({ encoding }: Pick<DatabaseFacts, 'encoding'>, selection: Selection): string {
  if (encoding === 'SQL_ASCII') return encoding
  const { parts: _, ...patterns } = selection
  const isAscii = Object.values(patterns).every((list) => list.every((pattern) => /^[\0-\x7f]*$/.test(pattern)))
  return isAscii && decoderOf(encoding) ? encoding : 'UTF8'
}
