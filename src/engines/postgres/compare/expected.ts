// What the restored database should look like: the manifest's fingerprint, less what was left out on purpose.
import type { Fingerprint, Inventory } from '../../../domain/fingerprint/fingerprint.ts'
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import { type InventoryOptions, inventoryOf } from '../archive/inventory.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import { type Relation, relationKey } from './relations.ts'

/** As `loadBackup` returned it. */
export interface LeftOut {
  /** The entries of the archive that were restored; undefined where there is no archive (plain). */
  readonly loaded?: readonly TocEntry[] | undefined
  /** A part of a database, into which schemas and extensions were put before. */
  readonly partial?: boolean | undefined
  /** Owners and grants were not restored. */
  readonly noOwner?: boolean | undefined
}

/** The fingerprint to expect of the database, given what of the backup was restored. */
export function expectedFingerprint(manifest: PostgresManifest, leftOut: LeftOut): Fingerprint {
  const { fingerprint } = manifest
  const { loaded } = leftOut
  const { inventory, largeObjects, ...rest } = fingerprint
  if (!loaded) return { ...fingerprint, ...(inventory && { inventory: comparableKinds(inventory, leftOut) }) }
  const has = keysByKind(loaded)
  return {
    ...rest,
    tables: fingerprint.tables.filter((each) => has('TABLE DATA', each.schema, each.table)),
    sequences: fingerprint.sequences.filter((each) => has('SEQUENCE SET', each.schema, each.sequence)),
    ...(largeObjects && loaded.some(({ description }) => description === 'BLOBS') && { largeObjects }),
    ...(inventory && { inventory: inventoryOf(comparableEntries(loaded, leftOut), inventoryOptions(leftOut)) }),
  }
}

/** Partitions that the dump should have loaded through their root, also where the fingerprint is from counts alone. */
export function withRoots(expected: Fingerprint, known: ReadonlyMap<string, Relation>): Fingerprint {
  return {
    ...expected,
    tables: expected.tables.map((table) => {
      const root = table.root ?? known.get(relationKey(table.schema, table.table))?.root
      return root ? { ...table, root } : table
    }),
  }
}

/** What counts as a part of definitions, given what was left out. */
export function inventoryOptions({ noOwner }: LeftOut): InventoryOptions {
  return { owners: !noOwner }
}

/** Entries less those that say nothing, given what was left out. */
export function comparableEntries(entries: readonly TocEntry[], leftOut: LeftOut): TocEntry[] {
  const kinds = ignoredKinds(leftOut)
  const tags = ['SUBSCRIPTION ', ...(leftOut.partial ? ['EXTENSION ', 'SCHEMA '] : [])]
  return entries.filter(
    ({ description, tag }) =>
      !kinds.has(description) && !(description === 'COMMENT' && tags.some((start) => tag.startsWith(start))),
  )
}

function comparableKinds({ objects }: Inventory, leftOut: LeftOut): Inventory {
  const kinds = ignoredKinds(leftOut)
  return { objects: Object.fromEntries(Object.entries(objects).filter(([kind]) => !kinds.has(kind))) }
}

/**
 * Subscriptions are never restored: a copy must not draw on somebody's publication. The schema public is dumped only
 * with an owner of its own.
 */
function ignoredKinds({ noOwner, partial }: LeftOut): ReadonlySet<string> {
  return new Set([
    'SUBSCRIPTION',
    ...(noOwner ? ['ACL', 'DEFAULT ACL', 'SCHEMA'] : []),
    ...(partial ? ['SCHEMA', 'EXTENSION'] : []),
  ])
}

function keysByKind(entries: readonly TocEntry[]): (kind: string, schema: string, name: string) => boolean {
  const kinds = new Map<string, Set<string>>()
  for (const { description, schema = '', tag } of entries) {
    const keys = kinds.get(description)
    if (keys) keys.add(relationKey(schema, tag))
    else kinds.set(description, new Set([relationKey(schema, tag)]))
  }
  return (kind, schema, name) => kinds.get(kind)?.has(relationKey(schema, name)) ?? false
}
