// MD5 digests for S3: of what we send, and in the ETags of stored objects.
import { createHash } from 'node:crypto'
import type { S3Encryption } from './settings.ts'

/** The part of an answer that determines whether the ETag of an object consists of MD5s. */
interface EtagAnswer {
  readonly ETag?: string | undefined
  readonly ServerSideEncryption?: string | undefined
  readonly SSECustomerAlgorithm?: string | undefined
}

export function md5(content: Uint8Array): Buffer {
  return createHash('md5').update(content).digest()
}

/**
 * The ETag of a multipart object: the MD5 of its parts' MD5s, and the number of parts
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html).
 */
export function multipartEtag(parts: readonly Buffer[]): string {
  return `${md5(Buffer.concat(parts)).toString('hex')}-${parts.length}`
}

/**
 * Compares an ETag with `expected` (hex, or hex-count). `unknown` if the store's ETags are not MD5s: KMS,
 * customer-provided keys, or another format.
 */
export function etagSays(
  expected: string,
  answer: EtagAnswer,
  sse: S3Encryption | undefined,
): 'same' | 'other' | 'unknown' {
  const etag = plainEtag(answer.ETag)
  if (etag === expected) return 'same'
  const opaque =
    answer.ServerSideEncryption?.startsWith('aws:kms') || answer.SSECustomerAlgorithm || sse?.kind === 'aws:kms'
  const shape = expected.includes('-') ? /^[0-9a-f]{32}-\d+$/ : /^[0-9a-f]{32}$/
  return opaque || !shape.test(etag) ? 'unknown' : 'other'
}

/** An ETag without its quotes, in lower case; '' if there is none. */
export function plainEtag(etag: string | undefined): string {
  return (etag ?? '').replaceAll('"', '').toLowerCase()
}

/** The error for a digest that differs: the request is retried, then it becomes a failure of kind integrity. */
export function badDigest(): Error {
  return Object.assign(new Error('The ETag differs from the MD5 of the uploaded bytes.'), { name: 'BadDigest' })
}
