// From the inputs that describe stores to what the stores themselves take.
import type { StoreSettings as CommandSettings } from '../commands/command.ts'
import { Failure } from '../domain/failure.ts'
import type { StoreSettings } from '../stores/open-store.ts'

/** Throws Failure('usage') for half a pair of keys or an encryption that S3 does not know. */
export function storeSettings(given: CommandSettings): StoreSettings {
  return {
    region: given.bucketRegion,
    endpoint: given.endpoint,
    credentials: credentials(given),
    storageClass: given.storageClass,
    sse: encryption(given.serverSideEncryption),
    maxPartsInFlight: given.partsInFlight,
  }
}

function credentials({ accessKeyId, secretAccessKey, sessionToken }: CommandSettings): StoreSettings['credentials'] {
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = accessKeyId === undefined ? 'AWS_ACCESS_KEY_ID' : 'AWS_SECRET_ACCESS_KEY'
    throw new Failure('usage', `of the two S3 keys only one is given: ${missing} is missing`, {
      hint: "Give both, or neither to use AWS's own credential chain.",
    })
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}

function encryption(text: string | undefined): StoreSettings['sse'] {
  if (text === undefined) return undefined
  const [, algorithm, keyId] = /^(AES256|aws:kms)(?::(.+))?$/s.exec(text) ?? []
  if (algorithm === 'aws:kms') return { kind: algorithm, ...(keyId === undefined ? {} : { keyId }) }
  if (algorithm === 'AES256' && keyId === undefined) return { kind: algorithm }
  throw new Failure('usage', `--s3-encryption: ${JSON.stringify(text)} is not AES256, aws:kms or aws:kms:KEY-ID`, {
    hint: "AES256 needs no key of yours; aws:kms uses the account's default key unless one is named.",
  })
}
