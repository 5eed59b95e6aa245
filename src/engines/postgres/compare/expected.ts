// The fingerprint expected of a restored database: that of the manifest, without what was left out on purpose.
import type { Fingerprint, Inventory } from '../../../domain/fingerprint/fingerprint.ts'
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import { type InventoryOptions, inventoryOf } from '../archive/inventory.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import { type Relation, relationKey } from './relations.ts'

/** What was restored and what was left out, as `loadBackup` returns it. */
export interface LeftOut {
  /** The restored entries of the archive; undefined for a plain SQL backup. */
  readonly loaded?: readonly TocEntry[] | undefined
  /** Only part of a database was dumped or restored; its schemas and extensions were created before. */
  readonly partial?: boolean | undefined
  /** Owners and grants were not restored. */
  readonly noOwner?: boolean | undefined
}

/** Returns the fingerprint to expect of the database after this restore. */
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

/** Adds the root to partitions that pg_dump loads through their root, also if the fingerprint has only counts. */
export function withRoots(expected: Fingerprint, known: ReadonlyMap<string, Relation>): Fingerprint {
  return {
    ...expected,
    tables: expected.tables.map((table) => {
      const root = table.root ?? known.get(relationKey(table.schema, table.table))?.root
      return root ? { ...table, root } : table
    }),
  }
}

/** Returns what to compare of definitions after this restore. */
export function inventoryOptions({ noOwner }: LeftOut): InventoryOptions {
  return { owners: !noOwner }
}

/** Returns the entries that can be compared after this restore. */
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
 * Subscriptions are never restored, because a copy must not subscribe to a publication. Schemas are ignored without
 * owners, because pg_dump dumps the schema public only if its owner is not the default.
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
