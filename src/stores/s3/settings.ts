// Settings of an S3 store, and their defaults.
import type { RetryLimits } from '../../domain/failures/outage.ts'

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  /** Time of expiry. A function that returned the credentials is called again before. */
  readonly expiration?: Date
}

export interface S3Encryption {
  readonly kind: 'AES256' | 'aws:kms'
  /** ID or ARN of the KMS key; absent: the default key of the bucket owner. */
  readonly keyId?: string
}

/** Retries and timeouts of the store. Times in seconds. */
export interface RetryPolicy extends RetryLimits {
  readonly connectTimeout: number
  /** For a request with its complete answer, if neither contains an object. */
  readonly answerTimeout: number
}

export interface S3Settings {
  readonly bucket: string
  /** Path inside the bucket, without slashes at its ends; '' for the bucket itself. */
  readonly prefix: string
  readonly region?: string | undefined
  /** URL of an S3-compatible server; absent for AWS. */
  readonly endpoint?: string | undefined
  /** Keys, or a function that returns new ones; absent: AWS's default chain. */
  readonly credentials?: S3Credentials | (() => Promise<S3Credentials>) | undefined
  /**
   * For payloads only: manifests and other small objects stay in the bucket's standard class, so that they can always
   * be read.
   */
  readonly storageClass?: string | undefined
  readonly sse?: S3Encryption | undefined
  /** Default: true if `endpoint` is given. */
  readonly pathStyle?: boolean | undefined
  /** Maximum number of parts in memory, including the one that is being filled. */
  readonly maxPartsInFlight?: number | undefined
  readonly patience?: Partial<RetryPolicy> | undefined
}

/**
 * A store that refuses connections is retried for about 30 seconds. A store that accepts connections but does not
 * respond is tried three times for 30 seconds. An outage lasts at most two minutes.
 */
export const defaultPatience: RetryPolicy = {
  attempts: 7,
  firstDelay: 0.5,
  longestDelay: 15,
  connectTimeout: 10,
  idleTimeout: 30,
  answerTimeout: 60,
  longestOutage: 120,
}

/** One being filled and two being sent: fast enough for any dump, with 24 MiB of memory. */
export const defaultPartsInFlight = 3
