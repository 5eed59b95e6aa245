// Forgeries that write access to a store allows: other bytes for a payload, and a manifest that matches them.
import { readdir, readFile, rename as renameFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { manifestFile, sumsFile } from '../../src/domain/backups/backup.ts'
import { sumsText } from '../../src/domain/backups/sums.ts'
import type { Manifest, Payload } from '../../src/domain/manifest/manifest.ts'
import { manifestText, parseManifest, sealManifest } from '../../src/domain/manifest/manifest-json.ts'
import { PrefixDigest, type StoredDigest } from '../../src/streams/prefix-digest.ts'

export interface Forgery {
  /** `<store>/<name>/<id>`. */
  readonly folder: string
  readonly manifest: () => Promise<Manifest>
  /** Returns the decoded content of a payload. */
  content(file: string): Promise<Buffer>
  /** Replaces the stored bytes and leaves the manifest unchanged. */
  overwrite(file: string, stored: Buffer): Promise<void>
  /**
   * Replaces the content and seals a manifest that matches it. `claims` are false fields of the payload's entry;
   * `stored` is the content in another encoding.
   */
  replace(file: string, content: Buffer, claims?: Partial<Payload>, stored?: Buffer): Promise<void>
  /** Adds a payload with these stored bytes to the backup and the manifest. */
  add(file: string, stored: Buffer): Promise<void>
  /** Renames a payload, also in the manifest. */
  rename(file: string, name: string): Promise<void>
}

/** Opens the only backup of a directory store. */
export async function forgeIn(store: string): Promise<Forgery> {
  const [name = ''] = await readdir(store)
  const ids = await readdir(join(store, name))
  const folder = join(store, name, ids[0] ?? '')
  const manifest = async () => parseManifest(await readFile(join(folder, manifestFile), 'utf8'))
  const seal = async (change: (payload: Payload) => Payload, more: readonly Payload[] = []): Promise<void> => {
    const { digest: _, ...rest } = await manifest()
    const payloads = [...rest.payloads.map(change), ...more]
    await writeFile(join(folder, sumsFile), sumsText(payloads))
    await writeFile(
      join(folder, manifestFile),
      manifestText(sealManifest({ ...rest, payloads } as unknown as Manifest)),
    )
  }
  return {
    folder,
    manifest,
    async content(file) {
      const stored = await readFile(join(folder, file))
      return file.endsWith('.zst') ? zstdDecompressSync(stored) : stored
    },
    overwrite: (file, stored) => writeFile(join(folder, file), stored),
    async replace(file, content, claims = {}, stored = file.endsWith('.zst') ? zstdCompressSync(content) : content) {
      await writeFile(join(folder, file), stored)
      await seal((payload) => {
        if (payload.file !== file) return payload
        const { prefixes: _, ...same } = payload
        return { ...same, contentBytes: content.length, ...digestOf(stored), ...claims }
      })
    },
    async add(file, stored) {
      await writeFile(join(folder, file), stored)
      await seal(
        (payload) => payload,
        [{ file, role: 'archive-part', ...digestOf(stored), encodings: [], contentBytes: stored.length }],
      )
    },
    async rename(file, to) {
      await renameFile(join(folder, file), join(folder, to))
      await seal((payload) => (payload.file === file ? { ...payload, file: to } : payload))
    },
  }
}

function digestOf(stored: Buffer): StoredDigest {
  const digest = new PrefixDigest()
  digest.update(stored)
  return digest.finish()
}
