// What the catalogue holds, kind by kind, told from an archive's table of contents.
import { createHash } from 'node:crypto'
import type { Inventory, KindInventory } from '../../../domain/fingerprint/fingerprint.ts'
import { normalizeDefinition } from '../definitions/normalize-definition.ts'
import type { TocEntry } from './toc-entry.ts'

/** Data, settings of the dump's session, and the database itself, which a restore may name differently. */
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
 * What is said about another object; it counts where that object does. Since 17 a tag may name a range, `LARGE OBJECTS
 * 1..9`.
 */
const annotations: ReadonlySet<string> = new Set(['ACL', 'COMMENT', 'SECURITY LABEL'])
/**
 * Kinds with options that may hold a password. No digest of their definitions is stored, from which it could be
 * guessed.
 */
const secretKinds: ReadonlySet<string> = new Set(['SERVER', 'USER MAPPING', 'SUBSCRIPTION'])

/** An object as it is compared with one of the same kind and name. */
export interface Definition {
  /** `schema`, a tab and the object's name. */
  readonly name: string
  /** SHA-256 (hex) of the owner and the definition's normal form. */
  readonly sha256: string
  readonly entry: TocEntry
}

export interface InventoryOptions {
  /** Whether owners count as a part of definitions; default: they do. */
  readonly owners?: boolean
}

/** Definitions by kind, in the order of kinds, each list in the order of names. */
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
 * Counts the objects that make up the schema, and digests their names and definitions. The archive of a full dump and
 * one of `pg_dump --schema-only` of the database restored from it give the same inventory.
 */
export function inventoryOf(entries: readonly TocEntry[], options: InventoryOptions = {}): Inventory {
  const kinds = [...definitionsOf(entries, options)]
  return { objects: Object.fromEntries(kinds.map(([kind, definitions]) => [kind, kindInventory(kind, definitions)])) }
}

/** Whether the definitions of a kind may hold a password. */
export function mayHoldSecrets(kind: string): boolean {
  return secretKinds.has(kind)
}

/** Hexadecimal digits of an object's own digest in the inventory. */
export const shortDigits = 8

function kindInventory(kind: string, definitions: readonly Definition[]): KindInventory {
  const count = definitions.length
  const sha256 = digest(definitions.map(({ name }) => `${name}\n`).join(''))
  if (mayHoldSecrets(kind)) return { count, sha256 }
  const all = digest(definitions.map((each) => `${each.sha256}\n`).join(''))
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
  return { name: `${schema}\t${tag}`, sha256: digest(JSON.stringify(parts)), entry }
}

function byName(a: Definition, b: Definition): number {
  const [first, second] = a.name === b.name ? [a.sha256, b.sha256] : [a.name, b.name]
  return first < second ? -1 : first > second ? 1 : 0
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
