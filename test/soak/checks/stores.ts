// Reads the contents of a directory store and a bucket without Resguardo.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import * as sdk from '@aws-sdk/client-s3'
import type { S3Server } from '../../support/s3-server.ts'

/** Key -> digest of the bytes. The key of a folder ends with a slash. */
export type Objects = ReadonlyMap<string, string>

/** All files and folders of a directory. */
export function objectsInDirectory(root: string): Objects {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true })
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const key = relative(root, path)
      return entry.isDirectory()
        ? [`${key}/`, '']
        : [key, createHash('sha256').update(readFileSync(path)).digest('hex')]
    }),
  )
}

/** All objects below a prefix, and open multipart uploads as `upload KEY`. */
export async function objectsInBucket({ client }: S3Server, Bucket: string, Prefix: string): Promise<Objects> {
  const found = new Map<string, string>()
  for await (const page of sdk.paginateListObjectsV2({ client }, { Bucket, Prefix })) {
    for (const { Key = '', ETag = '' } of page.Contents ?? []) found.set(Key.slice(Prefix.length), ETag)
  }
  const { Uploads = [] } = await client.send(new sdk.ListMultipartUploadsCommand({ Bucket, Prefix }))
  for (const { Key = '', UploadId = '' } of Uploads) found.set(`upload ${Key.slice(Prefix.length)}`, UploadId)
  return found
}

/** Whether an object belongs to a complete backup: its folder `NAME/ID/` has a manifest. */
function isComplete(key: string, objects: Objects): boolean {
  const [name = '', id = ''] = key.split('/')
  return objects.has(`${name}/${id}/manifest.json`)
}

/** Returns objects without a complete backup, temporary files, probes, open uploads and empty folders. */
export function unfinished(objects: Objects): string[] {
  return [...objects.keys()].filter((key) => {
    if (key.startsWith('upload ') || key.endsWith('.part')) return true
    if (!key.endsWith('/')) return !isComplete(key, objects)
    return ![...objects.keys()].some((other) => other !== key && other.startsWith(key))
  })
}

/**
 * Returns files of complete backups that were removed or changed. Ignores marks, records and signatures. A command that
 * prunes may remove the manifest of a backup.
 */
export function damaged(before: Objects, now: Objects, prunes = false): string[] {
  return [...before].flatMap(([key, digest]) => {
    if (!/\/(manifest\.json|SHA256SUMS|[^/]+\.(zst|zip|rdb))$/.test(key) || now.get(key) === digest) return []
    return prunes && !now.has(key) && !isComplete(key, now) ? [] : [key]
  })
}

/** `NAME/ID` of complete backups. */
export function completeBackups(objects: Objects): string[] {
  return [...objects.keys()]
    .filter((key) => /^[^/]+\/[^/]+\/manifest\.json$/.test(key))
    .map((key) => key.slice(0, -'/manifest.json'.length))
}
