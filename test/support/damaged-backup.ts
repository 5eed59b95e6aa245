// Damage to a backup in a memory store: bytes of its dump, and false statements in its manifest.
import { type PostgresManifest, requirePostgres } from '../../src/domain/manifest/manifest.ts'
import { manifestText, parseManifest, sealManifest } from '../../src/domain/manifest/manifest-json.ts'
import type { MemoryStore } from './memory-store.ts'

/** The stored object whose key ends so. Throws if there is none. */
export function storedObject(store: MemoryStore, end: string) {
  const [key, object] = [...store.objects].find(([name]) => name.endsWith(end)) ?? []
  if (key === undefined || !object) throw new Error(`no object ends with ${end}`)
  return { key, object }
}

/** Flips a bit of the compressed dump, at a share of its length. */
export function flipBit(store: MemoryStore, share = 0.5): void {
  const { content } = storedObject(store, '.dump.zst').object
  const at = Math.floor(content.length * share)
  content.writeUInt8(content.readUInt8(at) ^ 1, at)
}

/** Changes fields of the stored manifest, and seals it with the right digest. */
export function changeManifest(
  store: MemoryStore,
  change: (manifest: PostgresManifest) => Partial<PostgresManifest>,
): void {
  const { key, object } = storedObject(store, '/manifest.json')
  const manifest = requirePostgres(parseManifest(object.content.toString()))
  const content = Buffer.from(manifestText(sealManifest({ ...manifest, ...change(manifest) })))
  store.objects.set(key, { ...object, content })
}

/** States another digest for the rows of a table than the dump has. */
export function forgeRows(store: MemoryStore, table: string): void {
  changeManifest(store, ({ fingerprint }) => {
    const tables = fingerprint.tables.map((each) => (each.table === table ? { ...each, sha256: '0'.repeat(64) } : each))
    return { fingerprint: { ...fingerprint, tables } }
  })
}
