// What the restored database should look like: the manifest's fingerprint, less what was left out on purpose.
import type { Fingerprint, Inventory } from '../../../domain/fingerprint.ts'
import type { Manifest } from '../../../domain/manifest.ts'
import { inventoryOf } from '../archive/inventory.ts'
import type { TocEntry } from '../archive/toc.ts'
import { relationKey } from './relations.ts'

export interface LeftOut {
  /** The entries of the archive that were restored; undefined where the whole backup was, or where there is no archive (plain). */
  readonly loaded?: readonly TocEntry[] | undefined
  /** Owners and grants were not restored. */
  readonly noOwner?: boolean | undefined
}

/** Never restored: a copy must not subscribe to somebody's publication. */
const neverLoaded = ['SUBSCRIPTION']
const notWithoutOwners = ['ACL', 'DEFAULT ACL', 'SCHEMA']

/** The fingerprint to expect of a database into which `loaded` of the backup was restored. */
export function expectedFingerprint(manifest: Manifest, { loaded, noOwner }: LeftOut): Fingerprint {
  const { fingerprint } = manifest
  const ignored = ignoredKinds(noOwner ?? false)
  if (!loaded) return { ...fingerprint, ...(fingerprint.inventory && { inventory: without(fingerprint.inventory, ignored) }) }
  const has = keysByKind(loaded)
  const { largeObjects, inventory: _, ...rest } = fingerprint
  return {
    ...rest,
    tables: fingerprint.tables.filter((each) => has('TABLE DATA', each.schema, each.table)),
    sequences: fingerprint.sequences.filter((each) => has('SEQUENCE SET', each.schema, each.sequence)),
    ...(largeObjects && loaded.some(holdsLargeObjects) && { largeObjects }),
    ...(fingerprint.inventory && { inventory: without(inventoryOf(loaded), ignored) }),
  }
}

/** Kinds of object that say nothing, given what was left out. */
export function ignoredKinds(noOwner: boolean): readonly string[] {
  return noOwner ? [...neverLoaded, ...notWithoutOwners] : neverLoaded
}

export function without(inventory: Inventory, kinds: readonly string[]): Inventory {
  return { objects: Object.fromEntries(Object.entries(inventory.objects).filter(([kind]) => !kinds.includes(kind))) }
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

function holdsLargeObjects(entry: TocEntry): boolean {
  return entry.description === 'BLOBS'
}
