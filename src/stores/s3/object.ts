// One object of a bucket: its full key, how it is stored, and its headers.
import type { HeadObjectCommandOutput, S3Client } from '@aws-sdk/client-s3'
import type { Connection, RequestOptions } from './client.ts'
import { s3Code } from './errors.ts'

/** The bucket, and the full key in it. */
export function place({ settings }: Connection, key: string): { Bucket: string; Key: string } {
  return { Bucket: settings.bucket, Key: settings.prefix === '' ? key : `${settings.prefix}/${key}` }
}

/** The encryption parameters of requests that create objects. */
export function encryption({ settings: { sse } }: Connection) {
  if (!sse) return {}
  return { ServerSideEncryption: sse.kind, ...(sse.keyId !== undefined && { SSEKMSKeyId: sse.keyId }) } as const
}

/** The storage class of payloads. Small objects have the default class of the bucket. */
export function storageClass({ settings }: Connection) {
  // The SDK's type lists the current classes; a store may have others.
  return settings.storageClass === undefined ? {} : { StorageClass: settings.storageClass as 'STANDARD' }
}

/** The object's headers, or undefined if it does not exist. */
export async function head(
  connection: Connection,
  key: string,
  options?: RequestOptions,
): Promise<HeadObjectCommandOutput | undefined> {
  return connection.ask(
    `look up ${connection.address}/${key}`,
    (client, sdk) =>
      unlessMissing(client.send(new sdk.HeadObjectCommand(place(connection, key)), aborting(options?.signal))),
    options,
  )
}

/**
 * Undefined instead of the error for a missing object. A missing bucket stays an error if the store distinguishes it.
 */
export async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (thrown) {
    if (['NoSuchKey', 'NotFound'].includes(s3Code(thrown))) return undefined
    throw thrown
  }
}

/** The SDK's option that cancels a request by a signal. */
export function aborting(signal: AbortSignal | undefined): Parameters<S3Client['send']>[1] & object {
  return signal ? { abortSignal: signal } : {}
}
