// A restored database against the fingerprint of its backup: every table, sequence and large object, and the catalogue.
import { compareFingerprints, displayName } from '../../domain/compare-fingerprints.ts'
import type { Difference, Fingerprint, TablePrint } from '../../domain/fingerprint.ts'
import type { PostgresManifest } from '../../domain/manifest.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { Address } from './address.ts'
import { dumpEncoding, isNameKnown } from './archive/encoding.ts'
import { inventoryOf } from './archive/inventory.ts'
import type { ArchivePrint } from './archive/print.ts'
import { comparableEntries, expectedFingerprint, type LeftOut } from './compare/expected.ts'
import { nameObjects, readCatalogue } from './compare/inventory.ts'
import { readLargeObjects } from './compare/large-objects.ts'
import { type Relation, type Relations, readRelations, relationKey } from './compare/relations.ts'
import { readSequences } from './compare/sequences.ts'
import { connectToRead, inParallel } from './compare/session.ts'
import { countTable, measureTable, type TableTask } from './compare/tables.ts'
import { explainPostgres } from './errors.ts'
import { isUnconvertible } from './odd-names.ts'
import type { ClientTools } from './tools.ts'

export interface CompareRequest extends LeftOut {
  /** The restored database. Nobody else writes to it meanwhile. */
  readonly address: Address
  readonly tools: ClientTools
  readonly manifest: PostgresManifest
  /** Connections that read tables side by side; default 2. */
  readonly connections?: number
  /** Where pg_dump runs, which reads the catalogue; absent: here. */
  readonly sandbox?: Pick<Sandbox, 'start'>
  readonly signal: AbortSignal
  readonly onProgress?: ((bytes: number) => void) | undefined
}

/**
 * Everything in which the database is not what the backup was made of; none means that it is proven. Tables are compared by rows
 * and SHA-256 of their COPY stream, partitions by the hash of an enum at their root (a restore moves their rows among them), all by
 * exact counts alone where the backup knows no more. Throws a Failure if the database cannot be read.
 */
export async function compareDatabase(request: CompareRequest): Promise<Difference[]> {
  const stop = new AbortController()
  const signal = AbortSignal.any([request.signal, stop.signal])
  const relations = await relationsOf(request.address, signal)
  const expected = withRoots(expectedFingerprint(request.manifest, request), relations.known)
  const work = [measure(request, expected, relations, signal), catalogueOf(request, expected, signal)] as const
  try {
    const [measured, catalogue] = await Promise.all(work)
    const entries = catalogue?.known ? comparableEntries(catalogue.entries, request) : undefined
    const actual: Fingerprint = { ...measured.fingerprint, ...(entries && { inventory: inventoryOf(entries) }) }
    const unread = new Set(measured.unread.map(({ name }) => name))
    const differences = compareFingerprints(expected, actual).filter(({ name }) => !unread.has(name))
    const named = request.loaded && entries ? nameObjects(differences, request.loaded, entries) : differences
    return [...measured.unread, ...named]
  } catch (error) {
    stop.abort(error)
    await Promise.allSettled(work)
    request.signal.throwIfAborted()
    throw error
  }
}

interface Measured {
  readonly fingerprint: Fingerprint
  /** Tables that are there but not as they were, so that their rows cannot be read. */
  readonly unread: readonly Difference[]
}

async function measure(
  request: CompareRequest,
  expected: Fingerprint,
  relations: Relations,
  signal: AbortSignal,
): Promise<Measured> {
  const { known } = relations
  const encoding = dumpEncoding(request.manifest.database, request.manifest.dump.selection)
  const tasks: TableTask[] = [...expected.tables]
    .sort((a, b) => (b.bytes ?? b.rows) - (a.bytes ?? a.rows))
    .flatMap((table) => {
      const relation = isReadable(table, relations) ? known.get(relationKey(table.schema, table.table)) : undefined
      return relation?.kind === 'r' ? [{ expected: table, relation, encoding }] : []
    })
  const sequences = expected.sequences.filter(
    ({ schema, sequence }) =>
      isReadable({ schema, table: sequence }, relations) && known.get(relationKey(schema, sequence))?.kind === 'S',
  )
  const rest = withReader(request.address, signal, async (client) => ({
    sequences: await readSequences(client, sequences),
    ...(expected.largeObjects && { largeObjects: await readLargeObjects(client) }),
  }))
  const unread = unreadableNames(expected, relations)
  let bytes = 0
  const one = expected.covers === 'content' ? measureTable : countTable
  const tables = inParallel(request.address, request.connections ?? 2, tasks, signal, async (client, task) => {
    try {
      const print = await one(client, task)
      bytes += print.bytes ?? 0
      request.onProgress?.(bytes)
      return [print]
    } catch (error) {
      unread.push(unreadable(task.expected, error))
      return []
    }
  })
  const [prints, others] = await Promise.all([tables, rest])
  return { fingerprint: { covers: expected.covers, tables: prints.flat(), ...others }, unread }
}

/** Tables and sequences that the restored database may have, but with a name that no query can contain. */
function unreadableNames({ tables, sequences }: Fingerprint, relations: Relations): Difference[] {
  const of = (what: 'table' | 'sequence', name: { schema: string; table: string }): Difference[] => {
    if (isReadable(name, relations)) return []
    const shown = displayName(name.schema, name.table)
    return [{ what, name: shown, sentence: `${shown}: cannot be compared, because a name cannot be converted to UTF-8` }]
  }
  return [
    ...tables.flatMap((table) => of('table', table)),
    ...sequences.flatMap(({ schema, sequence }) => of('sequence', { schema, table: sequence })),
  ]
}

function isReadable(name: { schema: string; table: string }, { asciiOnly }: Relations): boolean {
  return isNameKnown(name) && !(asciiOnly && /[^\0-\x7f]/.test(name.schema + name.table))
}

/** A column that is not there is a difference; anything else is thrown again. */
function unreadable({ schema, table }: TablePrint, error: unknown): Difference {
  const { code, message } = error as { code?: string; message?: string }
  if (code !== '42703' && code !== '42P01' && !isUnconvertible(error)) throw error
  const name = displayName(schema, table)
  return { what: 'table', name, sentence: `${name}: cannot be read as it was: ${message}` }
}

async function withReader<T>(
  address: Address,
  signal: AbortSignal,
  work: (client: Awaited<ReturnType<typeof connectToRead>>) => Promise<T>,
): Promise<T> {
  const client = await connectToRead(address, signal)
  try {
    return await work(client)
  } catch (error) {
    signal.throwIfAborted()
    throw explainPostgres(error, address.display)
  } finally {
    await client.end().catch(() => {})
  }
}

function relationsOf(address: Address, signal: AbortSignal): Promise<Relations> {
  return withReader(address, signal, readRelations)
}

async function catalogueOf(
  request: CompareRequest,
  expected: Fingerprint,
  signal: AbortSignal,
): Promise<ArchivePrint | undefined> {
  const { database, dump, tools, server } = request.manifest
  // Another major's pg_dump sorts the catalogue into other kinds.
  if (!expected.inventory || Number.parseInt(tools.pg_dump ?? server.version, 10) !== request.tools.major) return undefined
  return readCatalogue(request, { selection: dump.selection, encoding: dumpEncoding(database, dump.selection) }, signal)
}

/** Partitions that the dump should have loaded through their root, also where the fingerprint is from counts alone. */
function withRoots(expected: Fingerprint, known: ReadonlyMap<string, Relation>): Fingerprint {
  return {
    ...expected,
    tables: expected.tables.map((table) => {
      const root = table.root ?? known.get(relationKey(table.schema, table.table))?.root
      return root ? { ...table, root } : table
    }),
  }
}
