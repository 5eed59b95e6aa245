// The inventory of a catalog by kind of object, computed from an archive's table of contents.
import { hash } from 'node:crypto'
import type { Inventory, KindInventory } from '../../../domain/fingerprint/fingerprint.ts'
import { normalizeDefinition } from '../definitions/normalize-definition.ts'
import type { TocEntry } from './toc-entry.ts'

/**
 * Kinds that are not part of the schema: data, settings of the dump's session, and the database itself, which a restore
 * may rename.
 */
const notSchema: ReadonlySet<string> = new Set([
  'TABLE DATA',
  'MATERIALIZED VIEW DATA',
  'SEQUENCE SET',
  'STATISTICS DATA',
  'BLOB',
  'BLOBS',
  'BLOB METADATA',
  'BLOB COMMENTS',
  'ENCODING',
  'STDSTRINGS',
  'SEARCHPATH',
  'DATABASE',
  'DATABASE PROPERTIES',
])
/**
 * Entries about another object, which count only if that object does. Since PostgreSQL 17 a tag may name a range,
 * `LARGE OBJECTS 1..9`.
 */
const annotations: ReadonlySet<string> = new Set(['ACL', 'COMMENT', 'SECURITY LABEL'])
/**
 * Kinds with options that may contain a password. No digest of their definitions is stored, because the password could
 * be guessed from it.
 */
const secretKinds: ReadonlySet<string> = new Set(['SERVER', 'USER MAPPING', 'SUBSCRIPTION'])

/** An object to compare with the object of the same kind and name. */
export interface Definition {
  /** `schema`, a tab and the object's name. */
  readonly name: string
  /** SHA-256 (hex) of the owner, the access method and the normalized definition. */
  readonly sha256: string
  readonly entry: TocEntry
}

export interface InventoryOptions {
  /** Whether the owner is part of a definition; default: true. */
  readonly owners?: boolean
}

/** Returns definitions by kind, sorted by kind and name. */
export function definitionsOf(
  entries: readonly TocEntry[],
  { owners = true }: InventoryOptions = {},
): ReadonlyMap<string, readonly Definition[]> {
  const kinds = new Map<string, Definition[]>()
  for (const entry of entries) {
    if (!isSchema(entry)) continue
    const definitions = kinds.get(entry.description)
    const definition = definitionOf(entry, owners)
    if (definitions === undefined) kinds.set(entry.description, [definition])
    else definitions.push(definition)
  }
  for (const definitions of kinds.values()) definitions.sort(byName)
  return new Map([...kinds].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/**
 * Counts the objects of the schema, and digests their names and definitions. The archive of a full dump and that of a
 * `pg_dump --schema-only` of the database restored from it have the same inventory.
 */
export function inventoryOf(entries: readonly TocEntry[], options: InventoryOptions = {}): Inventory {
  const kinds = [...definitionsOf(entries, options)]
  return { objects: Object.fromEntries(kinds.map(([kind, definitions]) => [kind, kindInventory(kind, definitions)])) }
}

/** Whether the definitions of a kind may contain a password. */
export function mayHoldSecrets(kind: string): boolean {
  return secretKinds.has(kind)
}

/** Number of hexadecimal digits of each object's digest in the inventory. */
export const shortDigits = 8

function kindInventory(kind: string, definitions: readonly Definition[]): KindInventory {
  const count = definitions.length
  const sha256 = hash('sha256', definitions.map(({ name }) => `${name}\n`).join(''))
  if (mayHoldSecrets(kind)) return { count, sha256 }
  const all = hash('sha256', definitions.map((each) => `${each.sha256}\n`).join(''))
  const short = definitions.map((each) => each.sha256.slice(0, shortDigits)).join('')
  return { count, sha256, definitions: { sha256: all, short } }
}

function isSchema(entry: TocEntry): boolean {
  if (notSchema.has(entry.description)) return false
  return !(annotations.has(entry.description) && /^(DATABASE|LARGE OBJECTS?) /.test(entry.tag))
}

function definitionOf(entry: TocEntry, owners: boolean): Definition {
  const { schema = '', tag, owner = '', accessMethod = '', definition } = entry
  const parts = [owners ? owner : '', accessMethod, normalizeDefinition(definition)]
  return { name: `${schema}\t${tag}`, sha256: hash('sha256', JSON.stringify(parts)), entry }
}

function byName(a: Definition, b: Definition): number {
  const [first, second] = a.name === b.name ? [a.sha256, b.sha256] : [a.name, b.name]
  return first < second ? -1 : first > second ? 1 : 0
}
