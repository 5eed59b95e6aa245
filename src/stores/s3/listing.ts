// Lists the objects of a bucket below a prefix.
import type { ListObjectsV2CommandInput, ListObjectsV2CommandOutput } from '@aws-sdk/client-s3'
import type { StoredObject } from '../../ports/common.ts'
import { checkPrefix, compareKeys } from '../keys.ts'
import type { Connection } from './client.ts'
import { place } from './object.ts'

/**
 * Yields objects below the prefix in ascending order of key, a thousand per request. The next page is requested while
 * one is read.
 */
export async function* listObjects(connection: Connection, prefix: string): AsyncGenerator<StoredObject> {
  checkPrefix(prefix)
  let next: Promise<ListObjectsV2CommandOutput> | undefined = page(connection, prefix, {})
  while (next) {
    const answer: ListObjectsV2CommandOutput = await next
    next = answer.IsTruncated
      ? page(connection, prefix, { ContinuationToken: answer.NextContinuationToken })
      : undefined
    // Prevents an unhandled rejection if the reader ends early.
    next?.catch(() => undefined)
    yield* objectsOf(connection, answer)
  }
}

/**
 * The same for objects with one of the prefixes `below`, in ascending order. Requests only pages that contain such
 * objects.
 */
export async function* listBelow(
  connection: Connection,
  prefix: string,
  below: readonly string[],
): AsyncGenerator<StoredObject> {
  for (const each of [prefix, ...below]) checkPrefix(each)
  for (let at = 0, after = below[0]; after !== undefined; ) {
    const answer = await page(connection, prefix, { StartAfter: place(connection, after).Key })
    let last: string | undefined
    for (const object of objectsOf(connection, answer)) {
      last = object.key
      while (at < below.length && isPast(object.key, below[at] as string)) at += 1
      if (below[at] !== undefined && object.key.startsWith(below[at] as string)) yield object
    }
    const wanted = below[at]
    if (!answer.IsTruncated || wanted === undefined || last === undefined) return
    // A store that ignores StartAfter would return the same page repeatedly.
    if (compareKeys(last, after) <= 0) return yield* listObjects(connection, prefix)
    after = compareKeys(last, wanted) > 0 ? last : wanted
  }
}

/** Whether a key sorts after all keys with the prefix. */
function isPast(key: string, prefix: string): boolean {
  return !key.startsWith(prefix) && compareKeys(key, prefix) > 0
}

function* objectsOf(connection: Connection, answer: ListObjectsV2CommandOutput): Generator<StoredObject> {
  const skipped = place(connection, '').Key.length
  for (const { Key = '', Size = 0, LastModified = new Date(0) } of answer.Contents ?? []) {
    const key = decodeKey(Key, answer.EncodingType).slice(skipped)
    // "Folders" made in a console are empty objects that end with a slash.
    if (key !== '' && !key.endsWith('/')) yield { key, bytes: Size, modified: LastModified }
  }
}

function page(
  connection: Connection,
  prefix: string,
  from: Pick<ListObjectsV2CommandInput, 'StartAfter' | 'ContinuationToken'>,
): Promise<ListObjectsV2CommandOutput> {
  const { Bucket, Key: Prefix } = place(connection, prefix)
  const input = { Bucket, Prefix, MaxKeys: 1000, EncodingType: 'url', ...from } as const
  return connection.ask(`list ${connection.address}/${prefix}`, (client, sdk) =>
    client.send(new sdk.ListObjectsV2Command(input)),
  )
}

/** Stores that can do so return keys URL-encoded, because XML cannot contain every character. */
export function decodeKey(key: string, encoding: string | undefined): string {
  return encoding === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key
}
