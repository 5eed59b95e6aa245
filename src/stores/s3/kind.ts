// Stores in a bucket of S3 or a compatible server: `s3://bucket/prefix`.

import { Failure } from '../../domain/failures/failure.ts'
import { invalidAddress } from '../../domain/failures/invalid-address.ts'
import { isLoopback } from '../../domain/loopback.ts'
import { shellWord } from '../../domain/text/command-line.ts'
import type { Values } from '../../inputs/kinds.ts'
import type { StoreKind, StoreWorld } from '../../ports/store.ts'
import { checkS3Inputs, s3Inputs } from './inputs.ts'
import type { S3Settings } from './settings.ts'

type S3Values = Values<typeof s3Inputs>

export const s3: StoreKind<typeof s3Inputs> = {
  scheme: 's3',
  example: 's3://bucket/prefix',
  place: 'off-site',
  inputs: s3Inputs,
  fallback: {
    summary: 's3://AWS_S3_BUCKET if set',
    address: ({ s3Bucket }) => (s3Bucket === undefined || s3Bucket.startsWith('s3://') ? s3Bucket : `s3://${s3Bucket}`),
  },
  check: checkS3Inputs,
  download: (address, prefix) => `aws s3 cp --recursive ${shellWord(`${address.replace(/\/$/, '')}/${prefix}`)} .`,
  async open(address, values, world) {
    const endpoint = values.s3Endpoint
    warnOfPlainHttp(endpoint ?? world.environment.AWS_ENDPOINT_URL_S3 ?? world.environment.AWS_ENDPOINT_URL, world)
    const settings = {
      ...{ ...parseAddress(address), region: values.s3Region, endpoint },
      credentials: await credentialsOf(values, world),
      storageClass: values.s3StorageClass,
      sse: encryptionOf(values.s3Encryption),
      maxPartsInFlight: values.s3PartsInFlight,
    }
    checkEndpoint(endpoint)
    const { openS3Store } = await import('./store.ts')
    return openS3Store(settings, world)
  },
}

function parseAddress(address: string): Pick<S3Settings, 'bucket' | 'prefix'> {
  const match = /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]{1,254})(?:\/(.*))?$/i.exec(address)
  const prefix = (match?.[2] ?? '').replace(/\/+$/, '')
  if (!match?.[1] || (prefix !== '' && !isPrefix(prefix)))
    throw invalidAddress(address, 'Write it like s3://bucket/prefix.')
  return { bucket: match[1], prefix }
}

function isPrefix(prefix: string): boolean {
  return (
    prefix.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..') &&
    !/[\\\0?#]/.test(prefix)
  )
}

function warnOfPlainHttp(endpoint: string | undefined, { warnOnce }: StoreWorld): void {
  if (endpoint === undefined || !URL.canParse(endpoint)) return
  const { protocol, hostname, host } = new URL(endpoint)
  if (protocol !== 'http:' || isLoopback(hostname)) return
  warnOnce(
    `The endpoint http://${host} of the store is not encrypted: anyone on the network can read the backups and the credentials. Use https:// (s3-endpoint).`,
  )
}

function checkEndpoint(endpoint: string | undefined): void {
  if (endpoint === undefined) return
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return
  throw new Failure('s3/invalid-endpoint', 'the endpoint is not the URL of an S3 server', {
    hint: 'Write it like https://s3.example.com, without user and password (AWS_S3_ENDPOINT).',
  })
}

/** Returns credentials from keys or a role; undefined to use the AWS credential chain. */
async function credentialsOf(values: S3Values, world: StoreWorld): Promise<S3Settings['credentials']> {
  const { awsRole: role, s3Region: region, s3AccessKeyId: accessKeyId, s3SecretAccessKey: secretAccessKey } = values
  if (role !== undefined) {
    const { idToken, environment } = world
    if (idToken === undefined) {
      throw new Failure('s3/no-id-token', `could not assume ${role} (aws-role): no GitHub ID token is available`, {
        hint: 'In GitHub Actions, give the job permissions: id-token: write. Elsewhere use AWS keys or an AWS profile.',
      })
    }
    const { credentialsOfRole } = await import('./role.ts')
    return credentialsOfRole(
      { role, region, idToken, sessionName: `resguardo-${environment.GITHUB_RUN_ID ?? 'run'}` },
      world,
    )
  }
  // `check` has refused one without the other.
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined
  return {
    accessKeyId,
    secretAccessKey,
    ...(values.s3SessionToken !== undefined && { sessionToken: values.s3SessionToken }),
  }
}

/** Parses a value that `check` has accepted. */
function encryptionOf(text: string | undefined): S3Settings['sse'] {
  if (text === undefined || text === 'AES256') return text && { kind: text }
  const keyId = text.slice('aws:kms:'.length)
  return { kind: 'aws:kms', ...(keyId !== '' && { keyId }) }
}
