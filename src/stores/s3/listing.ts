// What lies in a bucket below a prefix.
import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3'
import type { StoredObject } from '../../operations/ports.ts'
import { checkPrefix } from '../keys.ts'
import type { Connection } from './client.ts'
import { place } from './object.ts'

/** Objects below the prefix in ascending order of key, a thousand a request; the next page is fetched while one is read. */
export async function* listObjects(connection: Connection, prefix: string): AsyncGenerator<StoredObject> {
  checkPrefix(prefix)
  const skipped = place(connection, '').Key.length
  let next: Promise<ListObjectsV2CommandOutput> | undefined = page(connection, prefix, undefined)
  while (next) {
    const answer: ListObjectsV2CommandOutput = await next
    next = answer.IsTruncated ? page(connection, prefix, answer.NextContinuationToken) : undefined
    // If the reader leaves early, nobody waits for the next page.
    next?.catch(() => undefined)
    for (const { Key = '', Size = 0, LastModified = new Date(0) } of answer.Contents ?? []) {
      const key = decodeKey(Key, answer.EncodingType).slice(skipped)
      // "Folders" made in a console are empty objects that end with a slash.
      if (key !== '' && !key.endsWith('/')) yield { key, bytes: Size, modified: LastModified }
    }
  }
}

function page(connection: Connection, prefix: string, token: string | undefined): Promise<ListObjectsV2CommandOutput> {
  const { Bucket, Key: Prefix } = place(connection, prefix)
  const input = {
    Bucket,
    Prefix,
    MaxKeys: 1000,
    EncodingType: 'url',
    ...(token !== undefined && { ContinuationToken: token }),
  } as const
  return connection.ask(`list ${connection.address}/${prefix}`, (client, sdk) => client.send(new sdk.ListObjectsV2Command(input)))
}

/** Keys come URL-encoded where the store can do so, since XML cannot carry every character. */
export function decodeKey(key: string, encoding: string | undefined): string {
  return encoding === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key
}
