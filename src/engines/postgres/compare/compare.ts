// Compares a restored database with the fingerprint of its backup: every table, sequence and large object, and the
// catalog.
import { compareFingerprints } from '../../../domain/fingerprint/compare-fingerprints.ts'
import type { Difference, Fingerprint } from '../../../domain/fingerprint/fingerprint.ts'
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import { plural } from '../../../domain/text/plural.ts'
import type { Sandbox } from '../../../sandbox/sandbox.ts'
import { dumpEncoding } from '../archive/encoding.ts'
import type { ArchiveFingerprint } from '../archive/fingerprint.ts'
import { inventoryOf } from '../archive/inventory.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import type { Address } from '../connection/address.ts'
import type { ClientTools } from '../tools.ts'
import { type ComparedDefinitions, compareEntries, compareWithInventory } from './definitions.ts'
import { comparableEntries, expectedFingerprint, inventoryOptions, type LeftOut, withRoots } from './expected.ts'
import { noteVersions } from './extension-versions.ts'
import { nameObjects, readCatalogue } from './inventory.ts'
import { measure } from './measure.ts'
import { compareOperatorUses } from './operator-uses.ts'
import { readRelations } from './relations.ts'
import { withReader } from './session.ts'

interface CompareRequest extends LeftOut {
  /** The restored database. No other session may write to it during the comparison. */
  readonly address: Address
  readonly tools: ClientTools
  readonly manifest: PostgresManifest
  /** Number of connections that read tables in parallel; default 2. */
  readonly connections?: number
  /** Sandbox in which pg_dump reads the catalog; default: none. */
  readonly sandbox?: Pick<Sandbox, 'start'>
  /** Rows to compare; default: all. */
  readonly rows?: Rows | undefined
  readonly signal: AbortSignal
  readonly onProgress?: ((bytes: number) => void) | undefined
  /** Called with a sentence for each part that was not compared. */
  readonly onNote?: ((sentence: string) => void) | undefined
}

export type Rows = Pick<Fingerprint, 'tables' | 'sequences' | 'largeObjects'>

/**
 * Returns all differences between the database and the backup; none means that the backup is proven. Compares tables by
 * rows and SHA-256 of their COPY stream, or by exact counts if the backup has only counts. Partitions by the hash of an
 * enum are compared at their root, because a restore moves their rows among them. Compares objects by kind, name and
 * definition, and expressions also by the operators that they use. Throws a Failure if the database cannot be read.
 */
export async function compareDatabase(request: CompareRequest): Promise<Difference[]> {
  const stop = new AbortController()
  const signal = AbortSignal.any([request.signal, stop.signal])
  const relations = await withReader(request.address, signal, readRelations)
  const { largeObjects, ...others } = withRoots(expectedFingerprint(request.manifest, request), relations.known)
  const expected = { ...others, ...(request.rows ?? (largeObjects && { largeObjects })) }
  const { operators } = expected
  const work = [
    measure(request, expected, relations, signal),
    catalogueOf(request, expected, signal),
    withReader(request.address, signal, (client) => noteVersions(client, request.manifest)),
    operators ? withReader(request.address, signal, (client) => compareOperatorUses(client, operators)) : [],
  ] as const
  try {
    const [measured, catalogue, versions, uses] = await Promise.all(work)
    for (const note of versions) request.onNote?.(note)
    const entries = catalogue?.known ? comparableEntries(catalogue.entries, request) : undefined
    const actual = {
      ...measured.fingerprint,
      ...(entries && { inventory: inventoryOf(entries, inventoryOptions(request)) }),
    }
    const unread = new Set(measured.unread.map(({ name }) => name))
    const differences = compareFingerprints(expected, actual).filter(({ name }) => !unread.has(name))
    const named = request.loaded && entries ? nameObjects(differences, request.loaded, entries) : differences
    return [...measured.unread, ...named, ...compareDefinitions(request, expected, entries), ...uses]
  } catch (error) {
    stop.abort(error)
    await Promise.allSettled(work)
    request.signal.throwIfAborted()
    throw error
  }
}

/** Compares definitions, and calls `onNote` with the number of those that could not be compared. */
function compareDefinitions(
  request: CompareRequest,
  { inventory }: Fingerprint,
  entries: readonly TocEntry[] | undefined,
): readonly Difference[] {
  if (!inventory) return []
  const objects = Object.values(inventory.objects).reduce((sum, { count }) => sum + count, 0)
  const { differences, notCompared }: ComparedDefinitions = !entries
    ? { differences: [], notCompared: objects }
    : request.loaded
      ? compareEntries(comparableEntries(request.loaded, request), entries, inventoryOptions(request))
      : compareWithInventory(inventory, entries)
  if (notCompared > 0)
    request.onNote?.(`${plural(notCompared, 'definition')} not compared: ${reasonOf(request, entries)}.`)
  return differences
}

function reasonOf({ manifest, tools }: CompareRequest, entries: readonly TocEntry[] | undefined): string {
  if (entries) return 'a plain SQL backup stores no digests of definitions that may contain passwords'
  return `the backup was made by pg_dump ${manifest.tools.pg_dump ?? manifest.server.version}, the restored database was read by ${tools.version}`
}

async function catalogueOf(
  request: CompareRequest,
  expected: Fingerprint,
  signal: AbortSignal,
): Promise<ArchiveFingerprint | undefined> {
  const { database, dump, tools, server } = request.manifest
  // pg_dump of another major version assigns objects to other kinds.
  if (!expected.inventory || Number.parseInt(tools.pg_dump ?? server.version, 10) !== request.tools.major)
    return undefined
  return readCatalogue(request, { selection: dump.selection, encoding: dumpEncoding(database, dump.selection) }, signal)
}
