// Finds and removes uploads that were started and neither completed nor aborted.
import type { ListMultipartUploadsCommandOutput } from '@aws-sdk/client-s3'
import type { Leftover } from '../../ports/common.ts'
import { checkPrefix } from '../keys.ts'
import type { Connection, RequestOptions } from './client.ts'
import { s3Code } from './errors.ts'
import { decodeKey } from './listing.ts'
import { aborting, place } from './object.ts'

/** Multipart uploads below the prefix that were started and neither completed nor aborted. */
export async function* openUploads(
  connection: Connection,
  prefix: string,
  options?: RequestOptions,
): AsyncGenerator<Leftover> {
  checkPrefix(prefix)
  const { Bucket, Key: Prefix } = place(connection, prefix)
  const skipped = place(connection, '').Key.length
  let markers = {}
  for (let more = true; more; ) {
    const input = { Bucket, Prefix, EncodingType: 'url', ...markers } as const
    const answer: ListMultipartUploadsCommandOutput = await connection.ask(
      `look for unfinished uploads in ${connection.address}/${prefix}`,
      (client, sdk) => client.send(new sdk.ListMultipartUploadsCommand(input), aborting(options?.signal)),
      options,
    )
    for (const { Key = '', UploadId, Initiated = new Date(0) } of answer.Uploads ?? []) {
      const key = decodeKey(Key, answer.EncodingType).slice(skipped)
      if (UploadId !== undefined && key !== '')
        yield { key, started: Initiated, remove: () => abortUpload(connection, key, UploadId, options) }
    }
    more = answer.IsTruncated === true
    markers = {
      KeyMarker: decodeKey(answer.NextKeyMarker ?? '', answer.EncodingType),
      UploadIdMarker: answer.NextUploadIdMarker,
    }
  }
}

/** Aborts one upload. An upload that no longer exists is not an error. */
export async function abortUpload(
  connection: Connection,
  key: string,
  UploadId: string,
  options?: RequestOptions,
): Promise<void> {
  await connection.ask(
    `abort the upload of ${connection.address}/${key}`,
    async (client, sdk) => {
      try {
        const command = new sdk.AbortMultipartUploadCommand({ ...place(connection, key), UploadId })
        await client.send(command, aborting(options?.signal))
      } catch (thrown) {
        if (s3Code(thrown) !== 'NoSuchUpload') throw thrown
      }
    },
    options,
  )
}
