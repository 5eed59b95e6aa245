// What an S3 store has to know, and the defaults.
import type { RetryLimits } from '../../domain/failures/outage.ts'

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  /** When they end; a function that gave them is asked again before. */
  readonly expiration?: Date
}

export interface S3Encryption {
  readonly kind: 'AES256' | 'aws:kms'
  /** Id or ARN of the KMS key; without it the bucket owner's default key. */
  readonly keyId?: string
}

/** How patient the store is. Times in seconds. */
export interface RetryPolicy extends RetryLimits {
  readonly connectTimeout: number
  /** For a request and its complete answer, if neither is the content of an object. */
  readonly answerTimeout: number
}

export interface S3Settings {
  readonly bucket: string
  /** Path inside the bucket, without slashes at its ends; '' for the bucket itself. */
  readonly prefix: string
  readonly region?: string | undefined
  /** URL of an S3-compatible server; absent for AWS. */
  readonly endpoint?: string | undefined
  /** Keys, or a function that gives fresh ones; absent: AWS's default chain. */
  readonly credentials?: S3Credentials | (() => Promise<S3Credentials>) | undefined
  /**
   * For payloads only: manifests and other small objects stay in the bucket's standard class, so that they can always
   * be read.
   */
  readonly storageClass?: string | undefined
  readonly sse?: S3Encryption | undefined
  /** Defaults to true with an endpoint of one's own. */
  readonly pathStyle?: boolean | undefined
  /** Parts held in memory at once, the one being filled included. */
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

/** One being filled, two on their way: enough for any rate at which dumps come, and 24 MiB. */
export const defaultPartsInFlight = 3
