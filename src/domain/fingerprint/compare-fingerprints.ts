// Compares two fingerprints: that of a backup, and that of the restored data.
import type {
  Difference,
  Fingerprint,
  LargeObjectsFingerprint,
  SequenceFingerprint,
  TableFingerprint,
} from './fingerprint.ts'
import { foldRoots } from './fold-roots.ts'

/**
 * Returns the differences of `actual` from `expected`, tables first. Row counts are always compared, content only if
 * both sides have a digest. Tables that only `actual` has are not reported here: the inventory reports them. The
 * inventory is compared only if both sides have one.
 */
export function compareFingerprints(expected: Fingerprint, actual: Fingerprint): Difference[] {
  return [
    ...compareTables(foldRoots(expected.tables), foldRoots(actual.tables)),
    ...compareSequences(expected.sequences, actual.sequences),
    ...compareLargeObjects(expected.largeObjects, actual.largeObjects),
    ...compareInventories(expected, actual),
  ]
}

/** `public."Product"`: quotes only names with characters that need it. For people, not for SQL. */
export function displayName(schema: string, name: string): string {
  return [schema, name]
    .map((part) => (/^[a-z_][a-z0-9_$]*$/.test(part) ? part : `"${part.replaceAll('"', '""')}"`))
    .join('.')
}

function compareTables(expected: readonly TableFingerprint[], actual: readonly TableFingerprint[]): Difference[] {
  const found = new Map(actual.map((table) => [JSON.stringify([table.schema, table.table]), table]))
  return expected.flatMap((table) => {
    const name = displayName(table.schema, table.table)
    const reason = tableReason(table, found.get(JSON.stringify([table.schema, table.table])))
    return reason === undefined ? [] : [{ what: 'table' as const, name, sentence: `${name}: ${reason}` }]
  })
}

function tableReason(expected: TableFingerprint, actual: TableFingerprint | undefined): string | undefined {
  if (!actual) return `${rows(expected.rows)} in the backup, but the table is missing`
  if (actual.rows !== expected.rows) return `${rows(expected.rows)} in the backup, ${actual.rows} restored`
  // Row sums are preferred, because they do not depend on the order of rows.
  const summed = expected.rowSum !== undefined && actual.rowSum !== undefined
  const same = summed ? expected.rowSum === actual.rowSum : !differ(expected.sha256, actual.sha256)
  return same ? undefined : 'same number of rows, but their content differs'
}

function differ(expected: string | undefined, actual: string | undefined): boolean {
  return expected !== undefined && actual !== undefined && expected !== actual
}

function rows(count: number): string {
  return count === 1 ? '1 row' : `${count} rows`
}

function compareSequences(
  expected: readonly SequenceFingerprint[],
  actual: readonly SequenceFingerprint[],
): Difference[] {
  const found = new Map(actual.map((each) => [JSON.stringify([each.schema, each.sequence]), each]))
  return expected.flatMap((sequence) => {
    const name = displayName(sequence.schema, sequence.sequence)
    const now = found.get(JSON.stringify([sequence.schema, sequence.sequence]))
    if (now && now.value === sequence.value && now.called === sequence.called) return []
    const sentence = now
      ? `${name}: ${state(sequence)} in the backup, ${state(now)} restored`
      : `${name}: the sequence is missing`
    return [{ what: 'sequence' as const, name, sentence }]
  })
}

function state(sequence: SequenceFingerprint): string {
  return sequence.called ? `last value ${sequence.value}` : `next value ${sequence.value}`
}

function compareLargeObjects(
  expected: LargeObjectsFingerprint | undefined,
  actual: LargeObjectsFingerprint | undefined,
): Difference[] {
  if (!expected) return []
  const now = actual ?? { count: 0, bytes: 0, sha256: '' }
  const reason =
    now.count !== expected.count
      ? `${expected.count} in the backup, ${now.count} restored`
      : now.bytes !== expected.bytes
        ? `${expected.bytes} bytes in the backup, ${now.bytes} restored`
        : now.sha256 !== expected.sha256
          ? 'same number and size as in the backup, but their content differs'
          : undefined
  if (reason === undefined) return []
  return [{ what: 'large-objects', name: 'large objects', sentence: `large objects: ${reason}` }]
}

function compareInventories(expected: Fingerprint, actual: Fingerprint): Difference[] {
  if (!expected.inventory || !actual.inventory) return []
  const [before, now] = [expected.inventory.objects, actual.inventory.objects]
  const kinds = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort()
  return kinds.flatMap((kind) => {
    const [was, is] = [before[kind], now[kind]]
    if (was?.count === is?.count && was?.sha256 === is?.sha256) return []
    const sentence =
      was?.count === is?.count
        ? `${kind}: same number as in the backup, but other names`
        : `${kind}: ${was?.count ?? 0} in the backup, ${is?.count ?? 0} restored`
    return [{ what: 'inventory' as const, name: kind, sentence }]
  })
}
