// Copies a backup within a store, with all its times moved back.
import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { backupPrefix, manifestFile, parseBackupId, stamp } from '../../src/domain/backups/backup.ts'
import { parseMark } from '../../src/domain/backups/marks.ts'
import { manifestText, parseManifest, sealManifest } from '../../src/domain/manifest/manifest-json.ts'
import type { Store } from '../../src/ports/common.ts'

/** A backup in a store. `folder` is its name, after a path if its store is a subfolder of this one. */
interface Place {
  readonly folder: string
  readonly id: string
}

/**
 * Copies a backup with its drills into another folder, with times moved back by `seconds`: the ID, the manifest's times
 * and digest, and the drill records' names, backup IDs and manifest digests. Payloads are unchanged. Returns the copy's
 * ID.
 */
export async function copyAged(store: Store, { folder, id }: Place, to: string, seconds: number): Promise<string> {
  const earlier = (time: string | Date) => new Date(new Date(time).getTime() - seconds * 1000)
  const made = parseBackupId(id)
  if (!made) throw new Error(`${id} is no backup's id`)
  const aged = id.replace(stamp(made.time), stamp(earlier(made.time)))
  const prefix = backupPrefix(folder, id)
  const read = async (path: string): Promise<Buffer> => {
    const stream = await store.readUnverified(prefix + path)
    if (!stream) throw new Error(`there is no ${prefix}${path}`)
    return buffer(stream)
  }
  const { digest: _, ...was } = parseManifest((await read(manifestFile)).toString())
  const [started, finished] = [was.started, was.finished].map((time) => earlier(time).toISOString()) as [string, string]
  const snapshot = { ...was.snapshot, taken: earlier(was.snapshot.taken).toISOString() }
  const manifest = manifestText(sealManifest({ ...was, id: aged, started, finished, snapshot }))
  const manifestSha256 = createHash('sha256').update(manifest).digest('hex')
  for (const { key } of await Array.fromAsync(store.list(prefix))) {
    const path = key.slice(prefix.length)
    const mark = parseMark(path)
    const put = (as: string, content: Uint8Array) => store.create(backupPrefix(to, aged) + as, content)
    if (path === manifestFile) await put(path, Buffer.from(manifest))
    else if (mark?.mark === 'drill') {
      const record = { ...JSON.parse((await read(path)).toString()), backup: aged, manifestSha256 }
      const { time } = mark.drill
      await put(path.replace(stamp(time), stamp(earlier(time))), Buffer.from(JSON.stringify(record)))
    } else await put(path, await read(path))
  }
  return aged
}
