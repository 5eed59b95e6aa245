// Measures the rows, sequences and large objects of a restored database in the same way as those of the backup.
import type pg from 'pg'
import { displayName } from '../../../domain/fingerprint/compare-fingerprints.ts'
import type {
  Difference,
  Fingerprint,
  SequenceFingerprint,
  TableFingerprint,
} from '../../../domain/fingerprint/fingerprint.ts'
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import { dumpEncoding, isNameKnown } from '../archive/encoding.ts'
import type { Address } from '../connection/address.ts'
import { isUnconvertible } from '../dump/odd-names.ts'
import { readLargeObjects } from './large-objects.ts'
import { readerOf } from './reader.ts'
import { type Relations, relationKey } from './relations.ts'
import { readSequences } from './sequences.ts'
import { inParallel, withReader } from './session.ts'
import { countTable, measureTable, measureTogether, type TableTask } from './tables.ts'

interface MeasureRequest {
  readonly address: Address
  readonly manifest: PostgresManifest
  /** Number of connections that read tables in parallel; default 2. */
  readonly connections?: number
  readonly onProgress?: ((bytes: number) => void) | undefined
}

interface Measured {
  readonly fingerprint: Fingerprint
  /** Tables that exist, but differ so that their rows cannot be read. */
  readonly unread: readonly Difference[]
}

/** Measures the tables, sequences and large objects that are expected and that the database has. */
export async function measure(
  request: MeasureRequest,
  expected: Fingerprint,
  relations: Relations,
  signal: AbortSignal,
): Promise<Measured> {
  const tasks = tableTasks(expected.tables, relations, request.manifest)
  const sequences = knownSequences(expected.sequences, relations)
  const rest = withReader(request.address, signal, async (client) => ({
    sequences: await readSequences(readerOf(client), sequences),
    ...(expected.largeObjects && { largeObjects: await readLargeObjects(readerOf(client)) }),
  }))
  const unread = unreadableNames(expected, relations)
  let bytes = 0
  const progress = (print: TableFingerprint): TableFingerprint[] => {
    bytes += print.bytes ?? 0
    request.onProgress?.(bytes)
    return [print]
  }
  const one = measureOf(expected)
  const alone = (client: pg.Client, task: TableTask): Promise<TableFingerprint[]> =>
    one(readerOf(client), task).then(progress, (error) => {
      unread.push(unreadable(task.expected, error))
      return []
    })
  const groups = expected.covers === 'content' ? groupsOf(tasks) : tasks.map((task) => [task])
  const tables = inParallel(request.address, request.connections ?? 2, groups, signal, async (client, group) => {
    const together = group.length > 1 ? await measureTogether(client, group).catch(() => undefined) : undefined
    if (together) return together.flatMap(progress)
    const prints: TableFingerprint[] = []
    for (const task of group) prints.push(...(await alone(client, task)))
    return prints
  })
  const [prints, others] = await Promise.all([tables, rest])
  return { fingerprint: { covers: expected.covers, tables: prints.flat(), ...others }, unread }
}

const smallBytes = 1 << 16
const tablesPerQuery = 100

/** Groups small tables, which are read in one query; each other table is a group of one. */
function groupsOf(tasks: readonly TableTask[]): (readonly TableTask[])[] {
  const isSmall = ({ expected, relation }: TableTask): boolean =>
    expected.bytes !== undefined && expected.bytes <= smallBytes && !relation.condition
  const small = tasks.filter(isSmall)
  const groups = tasks.filter((task) => !isSmall(task)).map((task) => [task])
  for (let from = 0; from < small.length; from += tablesPerQuery) groups.push(small.slice(from, from + tablesPerQuery))
  return groups
}

/** Returns the function that measures a table: by content or by count. */
export function measureOf({ covers }: Pick<Fingerprint, 'covers'>): typeof measureTable {
  return covers === 'content' ? measureTable : countTable
}

/** Returns a task for each table that the database has, the largest first. */
export function tableTasks(
  tables: readonly TableFingerprint[],
  relations: Relations,
  { database, dump }: PostgresManifest,
): TableTask[] {
  const encoding = dumpEncoding(database, dump.selection)
  return [...tables]
    .sort((a, b) => (b.bytes ?? b.rows) - (a.bytes ?? a.rows))
    .flatMap((table) => {
      const relation = isReadable(table, relations)
        ? relations.known.get(relationKey(table.schema, table.table))
        : undefined
      return relation?.kind === 'r' ? [{ expected: table, relation, encoding }] : []
    })
}

/** Returns the sequences that the database has. */
export function knownSequences(sequences: readonly SequenceFingerprint[], relations: Relations): SequenceFingerprint[] {
  return sequences.filter(
    ({ schema, sequence }) =>
      isReadable({ schema, table: sequence }, relations) &&
      relations.known.get(relationKey(schema, sequence))?.kind === 'S',
  )
}

/** Tables and sequences that the restored database may have, but with a name that no query can contain. */
function unreadableNames({ tables, sequences }: Fingerprint, relations: Relations): Difference[] {
  const of = (what: 'table' | 'sequence', name: { schema: string; table: string }): Difference[] => {
    if (isReadable(name, relations)) return []
    const shown = displayName(name.schema, name.table)
    return [
      { what, name: shown, sentence: `${shown}: cannot be compared, because its name cannot be converted to UTF-8` },
    ]
  }
  return [
    ...tables.flatMap((table) => of('table', table)),
    ...sequences.flatMap(({ schema, sequence }) => of('sequence', { schema, table: sequence })),
  ]
}

/** Whether a query can contain the name. */
export function isReadable(name: { schema: string; table: string }, { asciiOnly }: Relations): boolean {
  return isNameKnown(name) && !(asciiOnly && /[^\0-\x7f]/.test(name.schema + name.table))
}

/**
 * A missing column or table, code that must not run, and text that cannot be converted are differences. Rethrows other
 * errors.
 */
function unreadable({ schema, table }: TableFingerprint, error: unknown): Difference {
  const { code = '', message } = error as { code?: string; message?: string }
  if (!['42703', '42P01', 'postgres/code-rights'].includes(code) && !isUnconvertible(error)) throw error
  const name = displayName(schema, table)
  return { what: 'table', name, sentence: `${name}: could not be read for the comparison: ${message}` }
}
