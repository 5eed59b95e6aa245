// MD5, as far as S3 uses it: what we send, and what an ETag says about the bytes a store keeps.
import { createHash } from 'node:crypto'
import type { S3Encryption } from './settings.ts'

/** The part of an answer that says how an object is encrypted, and so whether its ETag is made of MD5s. */
interface EtagAnswer {
  readonly ETag?: string | undefined
  readonly ServerSideEncryption?: string | undefined
  readonly SSECustomerAlgorithm?: string | undefined
}

export function md5(content: Uint8Array): Buffer {
  return createHash('md5').update(content).digest()
}

/**
 * The ETag of a multipart object: the MD5 of its parts' MD5s, and how many
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html).
 */
export function multipartEtag(parts: readonly Buffer[]): string {
  return `${md5(Buffer.concat(parts)).toString('hex')}-${parts.length}`
}

/**
 * What an ETag says of bytes whose ETag should be `expected` (hex, or hex-count): `same`, `other`, or
 * `unknown` where the store's ETags are not MD5s: KMS, keys of the customer's, or another shape.
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

/** The error by which a digest that differs is tried again, and then becomes a Failure of integrity. */
export function badDigest(): Error {
  return Object.assign(new Error('The ETag differs from the MD5 of the uploaded bytes.'), { name: 'BadDigest' })
}
