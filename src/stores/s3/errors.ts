// Errors of S3 and of the network: a table from codes to failures, hints and whether a retry can help.
import { asFailure, Failure } from '../../domain/failures/failure.ts'
import type { FailureCode } from '../../domain/failures/failure-codes.ts'

interface Row {
  readonly code: FailureCode
  /** Ends the sentence `could not <doing>: …`. */
  readonly says: string
  readonly hint: string
  readonly retry?: true
}

const keys = 'Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN), or the role.'
const busy = 'The request was repeated several times. Try again later; see the status page of the store.'
const network = 'Check the network, the endpoint, firewalls and proxies, then run the command again.'

const lasting = (code: FailureCode, says: string, hint: string): Row => ({ code, says, hint })
const passing = (code: FailureCode, says: string, hint: string): Row => ({ code, says, hint, retry: true })

const table: Readonly<Record<string, Row>> = {
  NoSuchBucket: lasting(
    's3/no-such-bucket',
    'there is no such bucket',
    'Check the name of the bucket, the region and the endpoint. Resguardo does not create buckets.',
  ),
  NotFound: lasting(
    's3/no-such-bucket',
    'there is no such bucket',
    'Check the name of the bucket, the region and the endpoint. Resguardo does not create buckets.',
  ),
  InvalidBucketName: {
    code: 'store/invalid-address',
    says: 'invalid bucket name',
    hint: 'Check the address: s3://bucket/prefix.',
  },
  InvalidAccessKeyId: lasting('s3/bad-credentials', 'the access key does not exist', keys),
  SignatureDoesNotMatch: lasting('s3/bad-credentials', 'the secret key is wrong', keys),
  InvalidToken: lasting('s3/bad-credentials', 'the session token is not valid', keys),
  ExpiredToken: lasting(
    's3/expired-credentials',
    'the credentials have expired',
    'Get fresh credentials, or use a role that renews them (aws-role in an action).',
  ),
  TokenRefreshRequired: lasting(
    's3/expired-credentials',
    'the credentials have expired',
    'Get fresh credentials, or use a role that renews them (aws-role in an action).',
  ),
  CredentialsProviderError: lasting(
    's3/no-credentials',
    'no credentials were found',
    `${keys} AWS's default chain was searched as well.`,
  ),
  AccessDenied: lasting(
    's3/access-denied',
    'access is denied',
    'The policy must allow s3:ListBucket, s3:ListBucketMultipartUploads, s3:GetObject, s3:PutObject and s3:AbortMultipartUpload here; prune also needs s3:DeleteObject (docs/aws.md); a KMS key needs kms:GenerateDataKey and kms:Decrypt.',
  ),
  Forbidden: lasting('s3/access-denied', 'access is denied', `${keys} Then check the bucket's policy.`),
  AllAccessDisabled: lasting('s3/access-denied', 'all access is disabled', 'Ask the owner of the bucket.'),
  PermanentRedirect: lasting(
    's3/wrong-region',
    'the bucket is in another region',
    'Set the region of the bucket (AWS_S3_REGION).',
  ),
  AuthorizationHeaderMalformed: lasting(
    's3/wrong-region',
    'the region is wrong for this bucket',
    'Set the region of the bucket (AWS_S3_REGION).',
  ),
  IllegalLocationConstraintException: lasting(
    's3/wrong-region',
    'the region is wrong for this bucket',
    'Set the region of the bucket (AWS_S3_REGION).',
  ),
  InvalidObjectState: lasting(
    's3/archived-object',
    'the object is in an archive storage class and must be restored first',
    'Start a restore in the S3 console or with `aws s3api restore-object`, and repeat the command when it is done.',
  ),
  QuotaExceeded: {
    code: 's3/quota-exceeded',
    says: 'the quota of the store is exceeded',
    hint: 'Free some space (`resguardo prune`), or raise the quota.',
  },
  InvalidStorageClass: {
    code: 's3/invalid-storage-class',
    says: 'the store does not support that storage class',
    hint: 'Check s3-storage-class.',
  },
  NoSuchUpload: lasting(
    's3/upload-removed',
    'the unfinished upload was removed during the backup',
    'A lifecycle rule or another prune may have removed it. Run the backup again.',
  ),
  InvalidPart: {
    code: 'store/upload-mismatch',
    says: 'the store lost a part of the upload',
    hint: 'Run the backup again.',
  },
  EntityTooLarge: {
    code: 'store/object-too-large',
    says: 'the object is larger than the store allows',
    hint: 'Use another store for backups of this size.',
  },
  RequestTimeTooSkewed: passing(
    's3/clock-skew',
    "this machine's clock and the store's differ too much",
    'Set the clock of this machine (timedatectl set-ntp true).',
  ),
  BadDigest: {
    code: 'store/upload-mismatch',
    says: 'the store received different bytes than were sent',
    hint: network,
    retry: true,
  },
  XAmzContentSHA256Mismatch: {
    code: 'store/upload-mismatch',
    says: 'the store received different bytes than were sent',
    hint: network,
    retry: true,
  },
  SlowDown: passing('s3/unavailable', 'the store limits the request rate', busy),
  ServiceUnavailable: passing('s3/unavailable', 'the store is not available', busy),
  InternalError: passing('s3/unavailable', 'the store had an internal error', busy),
  RequestTimeout: passing('s3/unreachable', 'the store timed out waiting for the bytes', network),
  OperationAborted: passing('s3/unavailable', 'another operation on the object is running', busy),
  ConditionalRequestConflict: passing('s3/unavailable', 'another write of the object is running', busy),
  TimeoutError: passing('s3/unreachable', 'the connection stalled', network),
  ETIMEDOUT: passing('s3/unreachable', 'the connection timed out', network),
  ECONNRESET: passing('s3/unreachable', 'the connection was closed', network),
  EPIPE: passing('s3/unreachable', 'the connection was closed', network),
  ERR_STREAM_PREMATURE_CLOSE: passing('s3/unreachable', 'the connection was closed', network),
  ECONNREFUSED: passing(
    's3/unreachable',
    'the connection was refused',
    'Check that the server is running, and check the endpoint (AWS_S3_ENDPOINT).',
  ),
  EHOSTUNREACH: passing('s3/unreachable', 'the host cannot be reached', network),
  ENETUNREACH: passing('s3/unreachable', 'the network cannot be reached', network),
  ENOTFOUND: passing(
    's3/unreachable',
    'the host name is unknown',
    'Check the endpoint, the region, the name of the bucket and the network.',
  ),
  EAI_AGAIN: passing('s3/unreachable', 'could not resolve the host name', network),
  EPROTO: lasting('s3/tls', 'TLS handshake failed', 'Check whether the endpoint is http:// or https://.'),
  ERR_INVALID_URL: {
    code: 's3/invalid-endpoint',
    says: 'the endpoint is not a URL',
    hint: 'Write it like https://s3.example.com (AWS_S3_ENDPOINT).',
  },
}

const certificate = lasting(
  's3/tls',
  "the server's certificate is not trusted",
  'Check the endpoint; for a private authority set NODE_EXTRA_CA_CERTS.',
)

/** The code or name of an error of the SDK or of the network, such as `NoSuchKey` or `ECONNRESET`. */
export function s3Code(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'Unknown'
  const { name, code, Code } = thrown as Error & { code?: unknown; Code?: unknown }
  for (const text of [Code, code, name])
    if (typeof text === 'string' && (text in table || answers.has(text))) return text
  if (thrown.cause instanceof Error && s3Code(thrown.cause) in table) return s3Code(thrown.cause)
  return name === 'Error' && typeof code === 'string' ? code : name
}

/** Codes that callers expect and handle; they are answers, not failures. */
const answers = new Set(['NoSuchKey', 'PreconditionFailed', 'NotImplemented', 'InvalidRange', 'MethodNotAllowed'])

/** The HTTP status of an answer, or undefined if there was none: the request may or may not have been carried out. */
export function httpStatus(thrown: unknown): number | undefined {
  const metadata = thrown instanceof Error && '$metadata' in thrown ? thrown.$metadata : undefined
  const status =
    typeof metadata === 'object' && metadata && 'httpStatusCode' in metadata ? metadata.httpStatusCode : undefined
  return typeof status === 'number' ? status : undefined
}

/** Whether the same request may succeed when it is sent again. */
export function isPassing(thrown: unknown): boolean {
  if (thrown instanceof Failure) return false
  const code = s3Code(thrown)
  const row = table[code]
  if (row) return row.retry === true
  if (answers.has(code)) return false
  const status = httpStatus(thrown)
  return status === undefined ? isNetwork(thrown) : status >= 500 || status === 429 || status === 408
}

function isNetwork(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false
  return /socket hang up|aborted|premature|terminated|parse error|Deserialization|Unexpected end/i.test(
    `${thrown.name} ${thrown.message}`,
  )
}

/**
 * Converts an error of a request to a Failure: `could not <doing>: …`. The SDK's own message is added only for codes
 * that the table does not have.
 */
export function s3Failure(thrown: unknown, doing: string): Failure {
  if (thrown instanceof Failure) return thrown
  if (thrown instanceof TypeError || thrown instanceof RangeError || thrown instanceof ReferenceError) {
    if (!(s3Code(thrown) in table)) return asFailure(thrown)
  }
  const row = table[s3Code(thrown)] ?? tlsRow(thrown) ?? statusRow(thrown)
  return new Failure(row.code, `could not ${doing}: ${row.says}`, { hint: row.hint, cause: thrown })
}

function tlsRow(thrown: unknown): Row | undefined {
  return /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|TLS_CERT|ALTNAME/.test(s3Code(thrown)) ? certificate : undefined
}

function statusRow(thrown: unknown): Row {
  const status = httpStatus(thrown)
  const told = thrown instanceof Error && thrown.message !== s3Code(thrown) ? thrown.message.slice(0, 300) : ''
  const says = `${s3Code(thrown)}${told ? ` (${told})` : ''}`
  if (status === 403 || status === 401)
    return lasting('s3/access-denied', 'access is denied', `${keys} Then check the bucket's policy.`)
  if (status === 404)
    return lasting('s3/no-such-bucket', 'it does not exist', 'Check the bucket, the prefix and the endpoint.')
  if (status === undefined && thrown instanceof Error && /region is missing/i.test(thrown.message)) {
    return {
      code: 's3/region-not-set',
      says: 'the region is not set',
      hint: 'Set the region of the bucket (AWS_S3_REGION).',
    }
  }
  return passing(
    's3/request-failed',
    says,
    status !== undefined && status < 500
      ? 'Check the settings of the store. The message above is from the store.'
      : network,
  )
}
