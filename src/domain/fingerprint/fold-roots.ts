// Combines the fingerprints of partitions into one of their root, if a restore may move rows between them.
import type { TableFingerprint } from './fingerprint.ts'

const modulus = 1n << 256n

/**
 * Replaces partitions that have a `root` with one fingerprint of that root: its rows, and the sum of the row sums if
 * every partition has one and all have the same columns in the same order. (With another order of columns, the text of
 * a row changes when it moves.)
 */
export function foldRoots(tables: readonly TableFingerprint[]): TableFingerprint[] {
  const folded: TableFingerprint[] = []
  const groups = new Map<string, TableFingerprint[]>()
  for (const table of tables) {
    if (!table.root) {
      folded.push(table)
      continue
    }
    const key = JSON.stringify([table.root.schema, table.root.table])
    const group = groups.get(key)
    if (group) group.push(table)
    else groups.set(key, [table])
  }
  return [...folded, ...[...groups.values()].map(fold)]
}

function fold(partitions: readonly TableFingerprint[]): TableFingerprint {
  const [first] = partitions as readonly [TableFingerprint, ...TableFingerprint[]]
  const columns = JSON.stringify(first.columns)
  const summable = partitions.every((each) => each.rowSum !== undefined && JSON.stringify(each.columns) === columns)
  return {
    ...(first.root as { schema: string; table: string }),
    rows: partitions.reduce((sum, each) => sum + each.rows, 0),
    ...(summable && { rowSum: addSums(partitions.map((each) => each.rowSum as string)) }),
  }
}

/** The sum of hexadecimal numbers modulo 2^256, as 64 digits. */
function addSums(sums: readonly string[]): string {
  const total = sums.reduce((sum, each) => (sum + BigInt(`0x${each}`)) % modulus, 0n)
  return total.toString(16).padStart(64, '0')
}
